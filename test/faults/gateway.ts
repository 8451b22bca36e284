/**
 * A whole gateway as a process of its own, to be killed: the program as `npm start` runs it, without pages. Run by tests, which tell it its settings
 * and, where it is to die of itself, after how many objects: each is then durable and in no row yet.
 */
import { join } from 'node:path'
import { pino } from 'pino'
import { readConfig } from '../../gateway/config.ts'
import { startProgram } from '../../gateway/program.ts'
import { filesystemStore } from '../../storage/objects/filesystem.ts'
import type { ObjectStore } from '../../storage/objects/objects.ts'
import type { GatewayOrder, GatewayTold } from './gateway-process.ts'

const { settings, dieAfterObjects } = JSON.parse(process.argv[2]!) as GatewayOrder
const config = readConfig({ ...settings, HTTP_PORT: '0', DICOM_PORT: '0', AUTH: 'off', ACCEPT_UNKNOWN_AE: 'on', DEMO: 'off' })

const program = await startProgram(config, {
  log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
  ...(dieAfterObjects === undefined
    ? {}
    : { objects: mortal(filesystemStore({ root: join(config.DATA_DIR, 'objects') }), dieAfterObjects) }),
})
let stopping = false
const stop = (): void => {
  if (stopping) return
  stopping = true
  void program.close().then(() => process.exit(0))
}
process.once('SIGTERM', stop)
process.once('disconnect', stop)
const { host, port, user, database } = program.index.pool.options
const told: GatewayTold = {
  httpPort: program.httpPort,
  dicomPort: program.dicomPort,
  connection: { host: host!, port: port!, user: user!, database: database! },
}
process.send?.(told)

function mortal(objects: ObjectStore, lives: number): ObjectStore {
  let put = 0
  return {
    async put(key, bytes, options) {
      const written = await objects.put(key, bytes, options)
      // The start proves the store with an object of its own.
      if (!key.startsWith('check/') && ++put === lives) process.kill(process.pid, 'SIGKILL')
      return written
    },
    get: (key) => objects.get(key),
    getRange: (...range) => objects.getRange(...range),
    stat: (key) => objects.stat(key),
    remove: (key) => objects.remove(key),
    list: (prefix) => objects.list(prefix),
    check: () => objects.check(),
    close: () => objects.close(),
  }
}
