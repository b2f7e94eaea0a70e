/** functions-framework with one function of its HTTP kind, on the port given. */

import * as framework from '@google-cloud/functions-framework'
import { getTestServer } from '@google-cloud/functions-framework/testing'
import { http } from './functions.mjs'

framework.http('http', http)
getTestServer('http').listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('ready'))
