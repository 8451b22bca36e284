/**
 * What `npm test` runs: installs if needed, then vitest on every test (or those named on the command line).
 * The process ends with vitest's exit code and the closing line `N passed, N failed`.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { installIfNeeded, root } from '../gateway/install.mjs'

installIfNeeded()
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const child = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.once('exit', (code, signal) => process.exit(signal === null ? code : 1))
