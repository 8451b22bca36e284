/** Holds the arrow of the house: imports run `gateway → archive → storage` only; `viewer` imports types at most; `test-images` imports nothing. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Folder → the folders it may import from (itself always). */
const allowed: Readonly<Record<string, readonly string[]>> = {
  storage: [],
  archive: ['storage'],
  // The composition root serves what the viewer built and plays the demo county.
  gateway: ['archive', 'storage', 'viewer', 'test-images'],
  viewer: [],
  'test-images': [],
}

const specifier =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"]([^'"]+)['"]\s*,\s*import\.meta\.url/g

interface Import {
  readonly file: string
  readonly target: string
  readonly typeOnly: boolean
}

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/node_modules|[/\\]dist[/\\]/.test(path))

function* importsOf(file: string): Generator<Import> {
  for (const match of readFileSync(file, 'utf8').matchAll(specifier)) {
    const target = match[3] ?? match[4] ?? match[5]
    if (target?.startsWith('.'))
      yield { file: relative(root, file), target: relative(root, resolve(dirname(file), target)), typeOnly: match[2] !== undefined }
  }
}

test.each(Object.keys(allowed))('%s imports only what the arrow allows', (folder) => {
  const files = sources(folder)
  expect(files.length).toBeGreaterThan(0)
  const forbidden = files
    .flatMap((file) => [...importsOf(file)])
    .filter(({ target, typeOnly }) => {
      const [to = ''] = target.split(/[/\\]/)
      if (to === folder || allowed[folder]!.includes(to)) return false
      return !(folder === 'viewer' && typeOnly)
    })
  expect(forbidden.map(({ file, target }) => `${file} imports ${target}`)).toEqual([])
})

test('only the gateway opens a port, only its configuration reads the environment', () => {
  const offences = ['archive', 'storage'].flatMap(sources).flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const found: string[] = []
    if (/\.listen\(|createServer\(/.test(text)) found.push('opens a port')
    if (/process\.env\b(?!\s*\})/.test(text)) found.push('reads process.env')
    return found.map((what) => `${relative(root, file)} ${what}`)
  })
  const elsewhere = sources('gateway')
    .filter((file) => !file.endsWith('config.ts') && /process\.env/.test(readFileSync(file, 'utf8')))
    .map((file) => `${relative(root, file)} reads process.env`)
  expect([...offences, ...elsewhere]).toEqual([])
})
