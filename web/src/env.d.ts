declare module '*.css'

/** Only what the shop uses of it; TypeScript does not know Trusted Types yet. */
declare var trustedTypes:
  | {
      createPolicy(
        name: string,
        rules: { createScriptURL(url: string): string },
      ): { createScriptURL(url: string): unknown }
    }
  | undefined
