import { randomUUIDv7 } from 'node:crypto'
import { log } from '../../shared/runtime/log.ts'
import { settings } from '../../shared/runtime/settings.ts'
import { hashPassword } from './hashing.ts'
import { Email } from './model.ts'
import { passwordFault } from './passwords.ts'
import { db, insertAccount, isAnySuperuser } from './queries/accounts.ts'
import { note } from './queries/audit.ts'

/** Makes the superuser of `SU_*` where there is none, once however many processes start. */
export async function ensureSuperuser(): Promise<void> {
  const { superuser } = settings()
  if (!superuser || (await isAnySuperuser())) return
  const { name: username, password } = superuser
  const email = Email.parse(superuser.email)
  if (passwordFault(password, { email, username }))
    log.warn('the first superuser has a password that is easily guessed; change it')
  const passwordHash = await hashPassword(password)
  await db.transaction(async () => {
    const id = randomUUIDv7()
    const staff = { isStaff: true, isSuperuser: true }
    const made = await insertAccount({ id, email, username, passwordHash, ...staff })
    if (made) await note('create', id, null, { by: 'settings' })
    else if (!(await isAnySuperuser()))
      log.error('no first superuser: an account has its email or name already')
  })
}
