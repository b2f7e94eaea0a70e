import { createRequire } from 'node:module'

/** What of the AWS SDK is used; it is part of Lambda's runtime, not of our bundles. */
type SecretsManager = {
  SecretsManagerClient: new () => {
    send(command: unknown): Promise<{ SecretString?: string | undefined }>
  }
  GetSecretValueCommand: new (input: { SecretId: string }) => unknown
}

type Environment = Record<string, string | undefined>

/**
 * Fetches each secret named by an `X_SECRET_ARN` and sets `X` to it, unless `X` is set. The secret of a
 * database that RDS keeps is JSON; it becomes a URL, with the host of `X_HOST` (a proxy) if given.
 * Fails when a secret cannot be had: the function then does not start.
 */
export async function fetchSecrets(
  env: Environment,
  fetchOne: (arn: string) => Promise<string> = fromSecretsManager,
): Promise<void> {
  const wanted = Object.entries(env).flatMap(([key, arn]) => {
    const name = /^(\w+)_SECRET_ARN$/.exec(key)?.[1]
    return name && arn && !env[name] ? [{ name, arn }] : []
  })
  await Promise.all(
    wanted.map(async ({ name, arn }) => {
      const value = await fetchOne(arn)
      env[name] = value.startsWith('{') ? databaseUrl(value, env[`${name}_HOST`]) : value
    }),
  )
}

async function fromSecretsManager(arn: string): Promise<string> {
  // By `require`, which looks where Lambda keeps its SDK (NODE_PATH).
  const sdk = createRequire(import.meta.url)('@aws-sdk/client-secrets-manager') as SecretsManager
  const command = new sdk.GetSecretValueCommand({ SecretId: arn })
  const { SecretString: value } = await new sdk.SecretsManagerClient().send(command)
  if (!value) throw new Error(`The secret ${arn} holds no text`)
  return value
}

type DatabaseSecret = {
  username: string
  password: string
  host?: string
  port?: number
  dbname?: string
}

function databaseUrl(secret: string, proxy: string | undefined): string {
  const { username, password, host, port, dbname }: DatabaseSecret = JSON.parse(secret)
  const url = new URL(`postgres://${proxy || host}:${port ?? 5432}`)
  url.username = encodeURIComponent(username)
  url.password = encodeURIComponent(password)
  url.pathname = encodeURIComponent(dbname ?? 'postgres')
  // Amazon's own authority comes with the runtime: NODE_EXTRA_CA_CERTS in the template.
  url.searchParams.set('sslmode', 'verify-full')
  return url.href
}
