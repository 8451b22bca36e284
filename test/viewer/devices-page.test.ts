/** The administrator's page of devices in a real browser, over an `/api` held in memory. */
import { expect, test } from 'vitest'
import type { AE } from '../../viewer/portal/api/types.ts'
import { reachableHost, settleHost } from '../../viewer/portal/settings/ae-rules.ts'
import { pagesOf, townshipPC } from './pages.ts'
import { accountOf } from './small-api.ts'

const enter = pagesOf('devices')

const ae = (change: Partial<AE>): AE => ({
  title: 'EAST_CT',
  institution: { id: 2, name: '城东镇中心卫生院' },
  host: '192.168.1.20',
  port: 104,
  readAtCounty: true,
  quietSeconds: 60,
  fallbackCharacterSet: 'GB18030',
  mayStore: true,
  mayQuery: true,
  mayRetrieve: false,
  mayWorklist: true,
  mayReject: false,
  requiresIdentity: false,
  tls: false,
  worklistCharacterSet: 'GB18030',
  maxAssociations: null,
  description: '64 排 CT',
  enabled: true,
  lastSeen: new Date(Date.now() - 300_000).toISOString(),
  ...change,
})

test('says what to type into a machine, and whether a machine answers', { timeout: 60_000 }, async () => {
  const { page, picture } = await enter(accountOf('administrator'), '/settings/ae', {
    'GET /api/unmatched': { items: [] },
    'GET /api/conflicts': { items: [] },
    'GET /api/institutions': [
      {
        id: 2,
        code: 'east',
        name: '城东镇中心卫生院',
        shortName: null,
        level: 'township',
        parent: null,
        readingCentre: false,
        address: null,
        phone: null,
      },
    ],
    'GET /api/ae': [
      ae({}),
      ae({
        title: 'EAST_DR',
        description: 'DR',
        host: null,
        port: null,
        lastSeen: null,
        worklistCharacterSet: 'ISO_IR 6',
        enabled: false,
        fallbackCharacterSet: null,
      }),
      ae({
        title: 'WEST_MR',
        description: '1.5T 磁共振',
        host: 'mr.example',
        port: 11112,
        tls: true,
        mayRetrieve: true,
        readAtCounty: false,
      }),
    ],
    'GET /api/commitments': { items: [] },
    'POST /api/ae/EAST_CT/commitment': { commitment: { TransactionUID: '2.25.1', instances: 3 } },
    'GET /api/ae/self': { AETitle: 'ARCHIVE', host: '10.8.0.5', port: 11112, tlsPort: 2762 },
    'POST /api/ae/EAST_CT/echo': { ok: true, milliseconds: 12.3, zh: '应答正常', en: 'It answers' },
    'POST /api/ae/WEST_MR/echo': { ok: false, milliseconds: 5000, zh: '连不上 mr.example:11112，设备可能关机或端口不对', en: 'no answer' },
  })
  await page.getByText('在设备上这样填写').waitFor()
  const rows = page.locator('.ant-table-row')
  await rows.nth(0).getByRole('button', { name: 'C-ECHO' }).click()
  await page.getByText('应答正常，12 毫秒').waitFor()
  await rows.nth(2).getByRole('button', { name: 'C-ECHO' }).click()
  await page.getByText(/连不上 mr.example/).waitFor()
  expect(await rows.nth(1).getByRole('button', { name: 'C-ECHO' }).isDisabled()).toBe(true)
  await picture('devices')
  await page.setViewportSize(townshipPC)
  await picture('devices-1024')
  await rows
    .nth(0)
    .getByRole('button', { name: /修\s*改/ })
    .click()
  await page.getByLabel('地址').fill('192.168.1.999')
  await page.getByLabel('端口').fill('')
  await page.getByRole('button', { name: /保\s*存/ }).click()
  await page.getByText('不是有效的 IP 地址或主机名').waitFor()
  await page.getByText('填了地址就要填端口').waitFor()
  await picture('device')
})

test('knows an address and the name of a host', () => {
  for (const host of ['192.168.1.20', 'mr', 'mr-1.east.example', '::1', 'fe80::1', '１９２.168.1.1'])
    expect(settleHost(host), host).toBeDefined()
  for (const host of ['192.168.1.999', '192.168.1', 'a b', '-mr', 'http://mr', 'mr.', '']) expect(settleHost(host), host).toBeUndefined()
})

test('a machine is told an address that it can call, and none when there is none', () => {
  expect(reachableHost('10.8.0.5', 'pacs.county.example')).toBe('10.8.0.5')
  expect(reachableHost('0.0.0.0', 'pacs.county.example')).toBe('pacs.county.example')
  expect(reachableHost('::', '[fd00::5]')).toBe('fd00::5')
  expect(reachableHost('0.0.0.0', 'localhost')).toBeNull()
  expect(reachableHost('127.0.0.1', 'pacs.county.example')).toBeNull()
})
