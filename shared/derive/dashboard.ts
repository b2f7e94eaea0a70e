import { type Diagram, rows } from './dashboard-rows.ts'

const source = { type: 'prometheus', uid: 'prometheus' }
const WIDTH = 6
const HEIGHT = 8

/** Grafana's dashboard, as JSON. */
export function dashboard(): string {
  const panels: unknown[] = []
  let y = 0
  for (const { title, diagrams } of rows) {
    const id = () => panels.length + 1
    panels.push({ id: id(), type: 'row', title, gridPos: { h: 1, w: 24, x: 0, y: y++ } })
    for (const [at, diagram] of diagrams.entries()) {
      const x = (at % 4) * WIDTH
      const below = Math.floor(at / 4) * HEIGHT
      panels.push(panel(diagram, id(), { h: HEIGHT, w: WIDTH, x, y: y + below }))
    }
    y += Math.ceil(diagrams.length / 4) * HEIGHT
  }
  const page = {
    uid: 'souk',
    title: 'Souk',
    schemaVersion: 39,
    editable: false,
    refresh: '10s',
    time: { from: 'now-30m', to: 'now' },
    templating: { list: [chooser] },
    panels,
  }
  return `${JSON.stringify(page, null, 2)}\n`
}

const chooser = {
  name: 'service',
  label: 'Service',
  type: 'query',
  datasource: source,
  query: { qryType: 1, query: 'label_values(souk_requests_in_flight, service)', refId: 'service' },
  refresh: 2,
  multi: true,
  includeAll: true,
  current: { text: 'All', value: '$__all' },
}

function panel({ title, about, unit, queries }: Diagram, id: number, gridPos: unknown) {
  return {
    id,
    type: 'timeseries',
    title,
    description: about,
    gridPos,
    datasource: source,
    fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 10 } }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: Object.entries(queries).map(([legendFormat, expr], at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: source,
      expr,
      legendFormat,
    })),
  }
}
