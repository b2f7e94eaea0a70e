/**
 * What AWS's runtime client compiles from C++ at its installation, in JavaScript: three calls of the
 * Runtime API. Everything else of that runtime (loading, contexts, isolation, results) is its own.
 */
const { Agent, request } = require('node:http')

const agent = new Agent({ keepAlive: true })
const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`

function send(method, path, body, headers) {
  return new Promise((resolve, reject) => {
    const call = request(`${base}/${path}`, { method, agent, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve({ bodyJson: text, headers: answer.headers }))
    })
    call.on('error', reject)
    call.end(body)
  })
}

const lost = () => process.exit(0)

module.exports = {
  next: () => send('GET', 'next').catch(lost),
  done: (id, body) => void send('POST', `${id}/response`, body).catch(lost),
  error: (id, body) => void send('POST', `${id}/error`, body).catch(lost),
}
