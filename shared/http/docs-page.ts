import type { Service } from './service.ts'

/** The page that Swagger UI fills; everything it loads lies in `folder`. */
export function pageHtml(service: Pick<Service, 'name' | 'about'>, folder: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${escaped(service.about)}">
<title>${escaped(service.name)}: Souk API</title>
<link rel="icon" type="image/png" href="${folder}favicon-32x32.png">
<link rel="stylesheet" href="${folder}swagger-ui.css">
<link rel="stylesheet" href="${folder}souk.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>The same as JSON: <a href="/api/schema/">/api/schema/</a></noscript>
<script src="${folder}swagger-ui-bundle.js"></script>
<script src="${folder}start.js"></script>
</body>
</html>
`
}

/** Starts Swagger UI on the document at `schema`; a file of its own, for the page's policy. */
export function pageScript(schema: string): string {
  return `window.ui = SwaggerUIBundle({
  url: ${JSON.stringify(schema)},
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  tryItOutEnabled: false,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
})
`
}

/**
 * All problems look alike, so an operation shows one of them whole, 400, and of the others the codes.
 */
export const pageStyle = `body { margin: 0; background: #fafafa; }
.swagger-ui .info { margin: 30px 0 20px; }
.swagger-ui .scheme-container { padding: 16px 0; box-shadow: none; border-block: 1px solid #e5e5e5; }
.swagger-ui .filter .operation-filter-input { margin: 16px 0; border-width: 1px; }
.swagger-ui .responses-table .response-col_links { display: none; }
.swagger-ui .response[data-code^="4"]:not([data-code="400"]) .response-col_description > :not(:first-child),
.swagger-ui .response[data-code^="5"] .response-col_description > :not(:first-child),
.swagger-ui .response[data-code="400"] .headers-wrapper,
.swagger-ui .response[data-code="400"] .response-controls { display: none; }
.swagger-ui .response-col_description__inner p { margin: 0; }
.swagger-ui table tbody tr.response td { padding-block: 6px; }
.swagger-ui .parameters-col_name { min-width: 140px; padding-right: 16px; }
.swagger-ui .response-col_status { font-size: 14px; }
`

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (it) => entities[it] ?? it)
}
