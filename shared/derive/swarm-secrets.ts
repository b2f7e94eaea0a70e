/** Secrets of the services and of what they talk to, without their version. */
export function serviceSecrets(services: readonly string[]): string[] {
  return [
    'secret_key',
    'redis_users',
    ...services.flatMap((it) => [`${it}_db_password`, `${it}_redis_url`]),
  ]
}

/** Consul's own file, its two tokens, and one token for each that asks it. */
export function consulSecrets(services: readonly string[]): string[] {
  const tokens = ['management', 'agent', ...services, 'gateway', 'storefront']
  return ['consul_agent_json', ...tokens.map((it) => `consul_${it}`)]
}

/** `deploy/swarm/secrets.sh`: makes them all on a manager, once for each version. */
export function secretsScript(services: readonly string[]): string {
  return `#!/bin/sh
# Makes the stack's secrets on this manager; run once for each SECRETS_VERSION. A secret cannot be
# changed: to change one, raise the version, give the values that stay (SECRET_KEY, DB_PASSWORD_<SERVICE>),
# and deploy again. Made from functions/catalog.ts by \`npm run derive\`.
set -eu
version="\${SECRETS_VERSION:-1}"
random() { head -c 36 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\\n'; }
uuid() { cat /proc/sys/kernel/random/uuid; }
keep() { # name value
  printf %s "$2" | docker secret create "souk_$1_$version" - >/dev/null && echo "souk_$1_$version"
}

keep secret_key "\${SECRET_KEY:-$(random)}"

users='user default on nopass -@all +ping'
for service in ${services.join(' ')}; do
  upper=$(echo "$service" | tr 'a-z-' 'A-Z_')
  eval "password=\\\${DB_PASSWORD_$upper:-}"
  keep "\${service}_db_password" "\${password:-$(random)}"
  password=$(random)
  keep "\${service}_redis_url" "redis://$service:$password@redis:6379"
  hash=$(printf %s "$password" | sha256sum | cut -d' ' -f1)
  users="$users
user $service on #$hash resetkeys ~souk:$service:* resetchannels -@all +@read +@write +@scripting +@connection +info -@dangerous +info"
done
keep redis_users "$users
"

management=\${CONSUL_MANAGEMENT:-$(uuid)}
agent=\${CONSUL_AGENT:-$(uuid)}
keep consul_management "$management"
keep consul_agent "$agent"
keep consul_agent_json "{\\"acl\\":{\\"tokens\\":{\\"agent\\":\\"$agent\\",\\"initial_management\\":\\"$management\\"}}}"
for name in ${[...services, 'gateway', 'storefront'].join(' ')}; do keep "consul_$name" "$(uuid)"; done
`
}
