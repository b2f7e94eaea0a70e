import * as z from 'zod'
import { pageOf } from '../../shared/http/page.ts'
import { safeText } from '../../shared/http/params.ts'
import { passwordFault } from './passwords.ts'

/** One spelling for every way to write an address, before it is looked at in any other way. */
const spelling = (text: string) => text.normalize('NFKC').trim().toLowerCase()

export const Email = z
  .string()
  .max(320)
  .transform(spelling)
  .pipe(z.email('must be an email address').max(254))
  .meta({
    format: 'email',
    description: 'Upper and lower case are the same',
    example: 'ada@example.com',
  })

export const Username = z
  .string()
  .regex(/^[\w.@+-]+$/, 'must be letters, digits and . @ + - _ only')
  .max(150)
  .meta({ example: 'ada' })

/** At sign-in any password is looked at; how it must be was settled when it was chosen. */
export const GivenPassword = safePassword(1)
export const NewPassword = safePassword(10).meta({
  description: '10 to 128 characters; not a common password, not like the email or username',
})

function safePassword(min: number) {
  return z
    .string()
    .min(min, `must be ${min} characters or longer`)
    .max(256, 'must be 128 characters or shorter')
    .refine((text) => [...text].length <= 128, 'must be 128 characters or shorter')
    .refine(
      (text) => !text.includes('\0') && text.isWellFormed(),
      'holds characters that cannot be sent',
    )
    .meta({ maxLength: 128 })
}

function judgePassword(
  person: { email: string; username: string; password?: string | undefined },
  context: z.RefinementCtx,
): void {
  // One fault is enough to be told of a password that does not fit its form either.
  if (!NewPassword.safeParse(person.password).success) return
  const message = passwordFault(person.password ?? '', person)
  if (message) context.addIssue({ code: 'custom', path: ['password'], message })
}

const instant = z.iso.datetime({ offset: true })

export const User = z
  .object({
    id: z.guid(),
    email: z.string(),
    username: z.string(),
    is_active: z.boolean(),
    is_staff: z.boolean(),
    is_superuser: z.boolean(),
    date_joined: instant,
    last_login: instant.nullable(),
  })
  .meta({ id: 'User' })
export type User = z.output<typeof User>

export const UserPage = pageOf(User).meta({ id: 'UserPage' })

export const NewUser = z
  .strictObject({ email: Email, username: Username, password: NewPassword })
  .superRefine(judgePassword)
  .meta({ id: 'NewUser' })

export const UserChange = z
  .strictObject({
    email: Email,
    username: Username,
    password: NewPassword.optional(),
    current_password: GivenPassword.optional(),
  })
  .superRefine(judgePassword)
  .meta({
    id: 'UserChange',
    description: 'One who changes their own email or password gives `current_password` as well',
  })
export type UserChange = z.output<typeof UserChange>

export const CurrentPassword = z.strictObject({ current_password: GivenPassword })

export const actions = [
  'activate',
  'deactivate',
  'grant_staff',
  'revoke_staff',
  'revoke_sessions',
] as const
export type Action = (typeof actions)[number]
export const UserAction = z.strictObject({ action: z.enum(actions) }).meta({ id: 'UserAction' })

export const Tokens = z
  .object({
    access: z.string().meta({ description: 'JWT; 5 minutes' }),
    refresh: z.string().optional().meta({ description: 'Absent with `cookie=1`' }),
  })
  .meta({ id: 'Tokens' })

export const RefreshBody = z.strictObject({
  refresh: safeText(1, 200).optional().meta({ description: 'Absent with `cookie=1`' }),
})

export const cookieQuery = z.object({
  cookie: z.enum(['0', '1']).optional().meta({
    description: '1: the refresh token travels in a cookie that no script can read',
  }),
})

export const Session = z
  .object({
    id: z.guid(),
    created_at: instant,
    last_used_at: instant,
    user_agent: z.string().meta({ description: 'As the browser named itself, cut to 200' }),
    current: z.boolean().meta({ description: 'Whether this call belongs to it' }),
  })
  .meta({ id: 'Session' })
export const SessionPage = pageOf(Session).meta({ id: 'SessionPage' })

export const AuditEntry = z
  .object({
    id: z.int(),
    at: instant,
    action: z.string().meta({ example: 'deactivate' }),
    actor: z
      .object({ id: z.guid(), username: z.string().nullable() })
      .nullable()
      .meta({ description: 'Null: an operator or the system; no name: deleted since' }),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' })
export const AuditPage = pageOf(AuditEntry).meta({ id: 'AuditPage' })

export const KeySet = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal('EC'),
        crv: z.literal('P-256'),
        x: z.string(),
        y: z.string(),
        kid: z.string(),
        use: z.literal('sig'),
        alg: z.literal('ES256'),
      }),
    ),
  })
  .meta({ id: 'KeySet' })
