const { Client } = require('pg')

const copies = [
  `insert into product (id, title, handle, description, status)
   select 'prod_' || id, name, slug, description, 'published' from given`,
  `insert into product_option (id, title, is_exclusive) select 'opt_' || id, 'Kind', true from given`,
  `insert into product_option_value (id, value, option_id)
   select 'optval_' || id, 'Only', 'opt_' || id from given`,
  `insert into product_product_option (id, product_id, product_option_id)
   select 'prodopt_' || id, 'prod_' || id, 'opt_' || id from given`,
  `insert into product_product_option_value (id, product_product_option_id, product_option_value_id)
   select 'prodoptval_' || id, 'prodopt_' || id, 'optval_' || id from given`,
  `insert into product_variant (id, title, sku, product_id)
   select 'variant_' || id, 'Only', 'sku-' || id, 'prod_' || id from given`,
  `insert into product_variant_option (variant_id, option_value_id)
   select 'variant_' || id, 'optval_' || id from given`,
  `insert into product_sales_channel (id, product_id, sales_channel_id)
   select 'prodsc_' || given.id, 'prod_' || given.id, c.id from given, sales_channel c`,
]

/**
 * The products of `SOURCE_URL`, each with one variant, into the sales channel that Medusa has made by
 * itself: the same rows as its own module writes, which would take minutes over it.
 */
exports.default = async () => {
  const [source, target] = [process.env.SOURCE_URL, process.env.DATABASE_URL_MEDUSA].map(
    (connectionString) => new Client({ connectionString }),
  )
  await Promise.all([source.connect(), target.connect()])
  const { rows } = await source.query(
    `select json_agg(p)::text as all
     from (select id, name, slug, description from product order by id) p`,
  )
  await target.query(
    'create temp table given (id int primary key, name text, slug text, description text)',
  )
  await target.query('insert into given select * from json_populate_recordset(null::given, $1)', [
    rows[0].all,
  ])
  for (const copy of copies) await target.query(copy)
  await target.query('vacuum analyze')
  await Promise.all([source.end(), target.end()])
}
