/** What `npm start` runs: installs if needed, registers tsx, starts main.ts. */
import { installIfNeeded } from './install.mjs'

installIfNeeded()
const { register } = await import('tsx/esm/api')
register()
const { main } = await import('./main.ts')
await main()
