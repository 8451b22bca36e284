/**
 * `GET /verify/:code`: the page behind the QR code of a printed report, for anybody, without signing in. It tells whether the paper is the version that counts.
 * Codes are 128 random bits; guesses are slowed down by address, and an unknown code is answered like a wrong one.
 */
import Router from '@koa/router'
import { readableDateTime } from '../../archive/reading/documents/local-time.ts'
import { escaped } from '../../archive/reading/documents/report-html.ts'
import { type Verified, verifyReport } from '../../archive/reading/signing/verify.ts'
import type { Index } from '../../storage/index/postgres.ts'

export interface VerifyTools {
  readonly index: Index
  readonly clock: () => Date
}

/** So many looks a minute and address; a hospital behind one address has a few people with telephones. */
const looksPerMinute = 30
const mostAddresses = 10_000

const kinds = { temporary: '急诊临时报告', final: '诊断报告', addendum: '补充报告', correction: '更正报告' } as const

export function verifyRoutes({ index, clock }: VerifyTools): Router {
  const looks = new Map<string, { minute: number; count: number }>()
  const router = new Router()
  router.get('/verify/:code', async (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
    ctx.set('Referrer-Policy', 'no-referrer')
    ctx.set('X-Robots-Tag', 'noindex')
    ctx.type = 'text/html; charset=utf-8'
    if (!mayLook(ctx.ip)) {
      ctx.status = 429
      ctx.set('Retry-After', '60')
      ctx.body = page('请稍后再试', 'wait', ['查询过于频繁，请一分钟后再试。', 'Too many requests; try again in a minute.'])
      return
    }
    const verified = await verifyReport(index, ctx.params.code ?? '')
    ctx.status = verified === undefined ? 404 : 200
    ctx.body =
      verified === undefined
        ? page('查无此报告', 'bad', ['没有这份报告。请核对二维码，或联系出具报告的诊断中心。', 'There is no such report.'])
        : verifiedPage(verified)
  })
  return router

  function mayLook(address: string): boolean {
    const minute = Math.floor(clock().getTime() / 60_000)
    const known = looks.get(address)
    const count = known?.minute === minute ? known.count + 1 : 1
    if (known === undefined && looks.size >= mostAddresses) looks.delete(looks.keys().next().value!)
    looks.set(address, { minute, count })
    return count <= looksPerMinute
  }
}

type Tone = 'good' | 'bad' | 'wait'

function statusOf({ fate, kind, standingVersion }: Verified): { readonly tone: Tone; readonly title: string; readonly en: string } {
  if (fate === 'standing' && kind === 'temporary') {
    return { tone: 'wait', title: '临时报告，以正式报告为准', en: 'A temporary report; the final one decides' }
  }
  if (fate === 'standing') return { tone: 'good', title: '有效：这是现行版本', en: 'Valid: this is the version that counts' }
  if (fate === 'superseded' && standingVersion !== null) {
    return {
      tone: 'bad',
      title: `已失效：已由 v${standingVersion} 代替`,
      en: `Not valid any more: v${standingVersion} has taken its place`,
    }
  }
  return { tone: 'bad', title: '已撤销：不得作为诊断依据', en: 'Retracted: do not rely on it' }
}

function verifiedPage(verified: Verified): string {
  const { kind, version, maskedName, institution, centre, signedAt, hash } = verified
  const { tone, title, en } = statusOf(verified)
  return page(
    title,
    tone,
    [en],
    [
      ['报告类型', `${kinds[kind]}　v${version}`],
      ['姓名', maskedName],
      ['检查单位', institution],
      ['诊断中心', centre],
      ['签发时间', readableDateTime(signedAt)],
      ['校验码', hash],
    ],
  )
}

const style = `body{font:16px/1.7 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;max-width:34rem;margin:0 auto;padding:1.2rem;color:#111}
h1{font-size:1.3rem;padding:.8rem 1rem;border-radius:8px;color:#fff}.good h1{background:#12692f}.bad h1{background:#a4161a}.wait h1{background:#7a4d00}
dl{display:grid;grid-template-columns:auto 1fr;gap:.3rem 1rem}dt{color:#555}dd{margin:0;overflow-wrap:anywhere}p{color:#444}`

function page(title: string, tone: Tone, sentences: readonly string[], facts: readonly (readonly [string, string])[] = []): string {
  const rows = facts.map(([label, value]) => `<dt>${label}</dt><dd>${escaped(value)}</dd>`).join('')
  const said = sentences.map((sentence) => `<p>${escaped(sentence)}</p>`).join('')
  const hint = facts.length === 0 ? '' : '<p>请核对纸质报告上的姓名、时间与校验码。报告仅供临床医师参考。</p>'
  const mark = { good: '✓', bad: '✕', wait: '!' }[tone]
  return `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>报告验真</title><style>${style}</style></head><body class="${tone}"><h1>${mark} ${escaped(title)}</h1>${said}<dl>${rows}</dl>${hint}</body></html>`
}
