/** The Capabilities Description (PS3.18 §8.9): whole, well formed, the same in both forms, and true. */
import { SaxesParser } from 'saxes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { searchable } from '../../../archive/search.ts'
import { targets } from '../../../archive/transcode.ts'
import { routes } from '../../../gateway/dicomweb/routes.ts'
import { worklistRoutes } from '../../../gateway/dicomweb/ups/routes.ts'
import { ctStudy, type Instance } from '../../../test-images/index.ts'
import { type Service, startService } from './service.ts'

let service: Service
let image: Instance
beforeAll(async () => {
  service = await startService()
  for await (const first of ctStudy({ seed: 'capabilities' })) {
    image = first
    break
  }
  await service.stow([image.part10])
})
afterAll(() => service?.close())

interface Described {
  readonly path: string
  readonly method: readonly {
    readonly name: string
    readonly id: string
    readonly request: {
      readonly param: readonly { readonly name: string; readonly style: string; readonly option?: readonly { readonly value: string }[] }[]
      readonly representation: readonly { readonly mediaType: string }[]
    }
    readonly response: { readonly representation: readonly { readonly mediaType: string }[] }
  }[]
}

const ask = (accept: string, path = '') => fetch(`${service.url}/dicomweb${path}`, { method: 'OPTIONS', headers: { Accept: accept } })
const described = async (): Promise<Described[]> => {
  const { application } = (await (await ask('application/json')).json()) as {
    application: { resources: { base: string; resource: Described[] } }
  }
  expect(application.resources.base).toBe(`${service.url}/dicomweb/`)
  return application.resources.resource
}

/** `{name}` and query parameters of a method, from WADL. */
async function fromXML(): Promise<Map<string, string[]>> {
  const text = await (await ask('*/*', '/')).text()
  const found = new Map<string, string[]>()
  const parser = new SaxesParser()
  let path = ''
  let method = ''
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'resource') path = String(attributes.path)
    if (name === 'method') {
      method = `${attributes.name} ${path} ${attributes.id}`
      found.set(method, [])
    }
    if (name === 'param' && attributes.style === 'query') found.get(method)!.push(String(attributes.name))
  })
  parser.on('error', (error) => {
    throw error
  })
  parser.write(text).close()
  return found
}

test('names every route, in WADL and in JSON alike', async () => {
  const wanted = [...routes, ...worklistRoutes].map(
    ({ method, path, transaction }) => `${method} ${path.slice(1).replace(/[:*](\w+)/g, '{$1}')} ${transaction}`,
  )
  const inJSON = (await described()).flatMap(({ path, method }) => method.map(({ name, id }) => `${name} ${path} ${id}`))
  expect(inJSON.sort()).toEqual([...wanted].sort())
  const inXML = await fromXML()
  expect([...inXML.keys()].sort()).toEqual([...wanted].sort())
  for (const { path, method } of await described()) {
    for (const { name, id, request } of method) {
      const query = request.param.filter(({ style }) => style === 'query').map((param) => param.name)
      expect(inXML.get(`${name} ${path} ${id}`)).toEqual(query)
    }
  }
})

test('is WADL unless JSON is asked for, and nothing else', async () => {
  expect((await ask('*/*')).headers.get('content-type')).toBe('application/vnd.sun.wadl+xml')
  expect((await ask('application/vnd.sun.wadl+json')).headers.get('content-type')).toBe('application/vnd.sun.wadl+json')
  expect((await ask('application/json')).headers.get('content-type')).toBe('application/json')
  expect((await ask('text/html')).status).toBe(406)
})

test('the attributes of a search are those that can be searched by, its parameters those that are taken', async () => {
  const all = await described()
  for (const [path, level] of [
    ['studies', 'study'],
    ['studies/{study}/series', 'series'],
    ['instances', 'instance'],
  ] as const) {
    const [{ request }] = all.find((resource) => resource.path === path)!.method as never as [Described['method'][number]]
    const names = request.param.filter(({ style }) => style === 'query').map(({ name }) => name)
    for (const keyword of searchable(level).keys()) expect(names).toContain(keyword)
    for (const name of names.filter((name) => !searchable(level).has(name))) {
      const usual = { limit: '1', offset: '0', accept: 'application/json', charset: 'utf-8', orderby: 'StudyDate' } as Record<
        string,
        string
      >
      const value = usual[name] ?? (name.endsWith('matching') ? 'false' : '')
      if (name === 'cursor') continue
      const response = await service.get(`/studies?${name}=${value}`)
      expect(response.status, name).toBe(200)
    }
  }
})

test('whatever an instance is said to be had as, it is had as', async () => {
  const { StudyInstanceUID: study, SeriesInstanceUID: series, SOPInstanceUID: instance } = image
  const values: Record<string, string> = { study, series, instance, frames: '1', path: '7FE00010' }
  for (const { path, method } of await described()) {
    for (const { name, id, response } of method) {
      if (name !== 'GET' || !(path.includes('{instance}') || path === 'studies/{study}')) continue
      for (const { mediaType } of response.representation) {
        const address = `/${path.replace(/\{(\w+)\}/g, (_, part: string) => values[part]!)}`
        const answer = await service.get(address, { Accept: mediaType })
        await answer.arrayBuffer()
        expect.soft(answer.status, `${id} ${mediaType}`).toBe(200)
      }
    }
  }
  expect(targets.length).toBeGreaterThan(5)
}, 60_000)

test('rendered parameters are read: a value that cannot be is named', async () => {
  const path = `/studies/${image.StudyInstanceUID}/rendered`
  const [rendered] = (await described()).filter((resource) => resource.path === 'studies/{study}/rendered')
  const names = rendered!.method[0]!.request.param.filter(({ name, style }) => style === 'query' && name !== 'accept').map(
    ({ name }) => name,
  )
  for (const name of names) {
    const response = await service.get(`${path}?${name}=nonsense`)
    expect(response.status, name).toBe(400)
    expect(await response.text()).toContain(name)
  }
})
