import { services } from '../../functions/catalog.ts'
import { startGateway } from '../../gateway/gateway.ts'
import { gatewayTable } from '../../shared/derive/gateway.ts'

/** The gateway as a process of its own before one service: `node prove/lab/gateway.ts <url>`. Tells its port. */
const [url = ''] = process.argv.slice(2)
const gateway = await startGateway({
  port: 0,
  address: '127.0.0.1',
  routes: gatewayTable(services),
  instances: () => [url],
})
process.on('disconnect', () => void gateway.close().then(() => process.exit(0)))
process.send?.(gateway.port)
