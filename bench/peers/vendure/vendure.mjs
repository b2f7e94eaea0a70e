/**
 * Vendure as it comes, its API alone: no plugins, no jobs. With `SOURCE_URL` it fills its database with
 * the products it finds there and ends; else it serves on `PORT`.
 */
import { bootstrap, DefaultLogger, defaultConfig, LogLevel, mergeConfig } from '@vendure/core'
import { populateInitialData } from '@vendure/core/cli/index.js'
import pg from 'pg'

const { DATABASE_URL_VENDURE: url = '', PORT, SOURCE_URL: source } = process.env

const app = await bootstrap(
  mergeConfig(defaultConfig, {
    apiOptions: {
      port: Number(PORT ?? 0),
      hostname: '127.0.0.1',
      adminApiPath: 'admin-api',
      shopApiPath: 'shop-api',
    },
    authOptions: {
      tokenMethod: ['bearer', 'cookie'],
      superadminCredentials: { identifier: 'superadmin', password: 'not-used-here' },
      cookieOptions: { secret: 'not-used-here' },
    },
    dbConnectionOptions: {
      type: 'postgres',
      url,
      synchronize: source !== undefined,
      logging: false,
    },
    logger: new DefaultLogger({ level: LogLevel.Warn }),
  }),
)
process.on('SIGTERM', () => process.exit(0))
if (source) {
  await populateInitialData(app, {
    defaultLanguage: 'en',
    defaultZone: 'Europe',
    countries: [{ name: 'United Kingdom', code: 'GB', zone: 'Europe' }],
    taxRates: [{ name: 'Standard Tax', percentage: 20 }],
    shippingMethods: [],
    paymentMethods: [],
    collections: [],
    roles: [],
  })
  await fill(source)
  process.exit(0)
}

/** Each product with one variant, its price and its stock, in Vendure's own tables. */
async function fill(from) {
  const [origin, target] = [from, url].map((it) => new pg.Client(it))
  await Promise.all([origin.connect(), target.connect()])
  const { rows } = await origin.query(
    'select json_agg(p)::text as all from (select id, name, slug, description, price, stock_count from product order by id) p',
  )
  const given = `from json_to_recordset($1::json) as p
    (id int, name text, slug text, description text, price numeric, stock_count int)`
  for (const text of [
    `insert into product (id, enabled) select id, true ${given}`,
    `insert into product_translation ("languageCode", name, slug, description, "baseId")
     select 'en', name, slug, description, id ${given}`,
    `insert into product_channels_channel ("productId", "channelId") select id, 1 ${given}`,
    `insert into product_variant (id, enabled, sku, "outOfStockThreshold", "useGlobalOutOfStockThreshold",
       "trackInventory", "productId", "taxCategoryId")
     select id, true, 'sku-' || id, 0, true, 'INHERIT', id, 1 ${given}`,
    `insert into product_variant_translation ("languageCode", name, "baseId") select 'en', name, id ${given}`,
    `insert into product_variant_price ("currencyCode", "channelId", price, "variantId")
     select 'USD', 1, price * 100, id ${given}`,
    `insert into product_variant_channels_channel ("productVariantId", "channelId") select id, 1 ${given}`,
    `insert into stock_level ("stockOnHand", "stockAllocated", "productVariantId", "stockLocationId")
     select stock_count, 0, id, 1 ${given}`,
  ])
    await target.query(text, [rows[0].all])
  await target.query('vacuum analyze')
  await Promise.all([origin.end(), target.end()])
}
