import { service } from '../../shared/http/service.ts'
import * as actOnUser from './act-on-user.ts'
import { relayEvents } from './background.ts'
import * as createToken from './create-token.ts'
import * as createUser from './create-user.ts'
import * as deleteMe from './delete-me.ts'
import * as deleteUser from './delete-user.ts'
import * as endMySession from './end-my-session.ts'
import * as getKeySet from './get-key-set.ts'
import * as getMe from './get-me.ts'
import * as getUser from './get-user.ts'
import { keyRing, localKeys, rotateWhenDue } from './keys.ts'
import * as listAudit from './list-audit.ts'
import * as listMySessions from './list-my-sessions.ts'
import * as listUsers from './list-users.ts'
import { sweep } from './queries/sessions.ts'
import * as refreshToken from './refresh-token.ts'
import * as revokeToken from './revoke-token.ts'
import { ensureSuperuser } from './superuser.ts'
import * as updateMe from './update-me.ts'
import * as updateUser from './update-user.ts'

export const auth = service({
  name: 'auth',
  about: 'Accounts, sign-in, and the keys by which every service knows its callers',
  roots: ['/api/v1/token', '/api/v1/users', '/.well-known/jwks.json'],
  port: 8001,
  needs: ['postgres', 'cache', 'review', 'cart'],
  // A hash takes 19 MB, which every thread's own arena would keep.
  memory: { arenas: 1 },
  endpoints: {
    createToken,
    refreshToken,
    revokeToken,
    getKeySet,
    listUsers,
    createUser,
    updateMe,
    deleteMe,
    getMe,
    listMySessions,
    endMySession,
    getUser,
    actOnUser,
    updateUser,
    deleteUser,
    listAudit,
  },
  background: [relayEvents],
  tidy: { sessions: sweep, 'signing keys': rotateWhenDue },
  keys: localKeys,
  async prepare() {
    await keyRing()
    await ensureSuperuser()
  },
})
