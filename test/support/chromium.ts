/**
 * A real Chromium for tests, without root and without apt: one that is installed, else the one from npm (it brings its own libraries;
 * `VERCEL` makes it unpack those too). WebGL runs on the processor.
 */
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core'

const installed = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
].find((path) => path !== undefined && existsSync(path))

/** Nothing of the browser's own may speak to the network: a test asserts that no request leaves the machine. */
const quiet = [
  '--no-sandbox',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,AutofillServerCommunication',
]

export async function launchChromium(): Promise<Browser> {
  const browser = await launched()
  const open = browser.newContext.bind(browser)
  // A dialog that still grows between pressing and letting go takes no click: the pages are asked to keep still.
  return Object.assign(browser, { newContext: (options?: BrowserContextOptions) => open({ reducedMotion: 'reduce', ...options }) })
}

async function launched(): Promise<Browser> {
  if (installed !== undefined) return chromium.launch({ executablePath: installed, args: quiet })
  process.env.VERCEL ??= '1'
  const { default: packaged } = await import('@sparticuz/chromium')
  return chromium.launch({ executablePath: await packaged.executablePath(), args: [...packaged.args, ...quiet] })
}
