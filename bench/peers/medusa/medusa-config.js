const { defineConfig } = require('@medusajs/framework/utils')

/** Medusa as it comes, its API alone; without Redis it keeps its caches and locks in memory. */
module.exports = defineConfig({
  admin: { disable: true },
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL_MEDUSA,
    databaseDriverOptions: { connection: { ssl: false } },
    http: {
      storeCors: '*',
      adminCors: '*',
      authCors: '*',
      jwtSecret: 'not-used-here',
      cookieSecret: 'not-used-here',
    },
  },
})
