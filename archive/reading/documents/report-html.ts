/** The report as one HTML page that needs nothing else, with what the printed page says. Every text is escaped; there is no script in it. */
import type { SignedReport } from '../reports/report-content.ts'
import type { Copy, Drawn } from './report-pdf.ts'
import {
  addendaOf,
  disclaimer,
  type Field,
  noticesOf,
  originalSignersOf,
  particularsOf,
  printMark,
  type Section,
  sectionsOf,
  signersOf,
  titleOf,
  watermarkOf,
  wideParticularsOf,
} from './report-words.ts'

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')

const style = `
body{font:15px/1.7 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#111;max-width:190mm;margin:0 auto;padding:8mm;position:relative}
h1{font-size:22px;text-align:center;margin:0}h2{font-size:18px;text-align:center;margin:4px 0 8px}h3{font-size:15px;margin:12px 0 2px}
.sites{text-align:center;font-size:13px}.qr{position:absolute;right:8mm;top:8mm;width:18mm;text-align:center;font-size:10px}.qr svg{width:18mm}
.hr{position:absolute;left:8mm;top:8mm;width:18mm;height:12mm;border:1px solid #888;font-size:10px;text-align:center}
dl{display:grid;grid-template-columns:repeat(3,1fr);gap:2px 12px;border:solid #333;border-width:2px 0 1px;padding:6px 0;margin:8px 0}
dl div{display:flex;min-width:0}dl div.wide{grid-column:1/-1}dt{color:#555;white-space:nowrap}dd{margin:0;overflow-wrap:anywhere}
.text{white-space:pre-wrap;text-indent:2em;margin:0;overflow-wrap:anywhere}.strong{font-weight:700}.notice{font-weight:700;margin:4px 0}
.images{display:grid;grid-template-columns:repeat(4,1fr);gap:6px;margin:10px 0}.images figure{margin:0}.images img{width:100%;background:#000;aspect-ratio:1;object-fit:contain}
figcaption{font-size:11px}.signers{display:flex;gap:24px;align-items:center;border-top:1px solid #333;margin-top:24px;padding-top:6px}.signers img{height:28px}
.small{font-size:12px;color:#555;overflow-wrap:anywhere}.right{text-align:right;font-size:13px}.mark{position:fixed;inset:0;display:grid;place-items:center;pointer-events:none}
.mark span{transform:rotate(-35deg);font-size:48px;font-weight:700;color:#b00020;opacity:.14;white-space:nowrap}@page{size:A4;margin:10mm}`

const field = ([label, value]: Field, wide: boolean): string =>
  `<div${wide ? ' class="wide"' : ''}><dt>${escaped(label)}：</dt><dd>${escaped(value === '' ? '—' : value)}</dd></div>`

const section = ({ title, text, strong }: Section): string =>
  `<h3>${escaped(title)}：</h3><p class="text${strong === true ? ' strong' : ''}">${escaped(text)}</p>`

const embedded = (bytes: Buffer): string => {
  const isPNG = bytes[0] === 0x89
  return `data:image/${isPNG ? 'png' : 'jpeg'};base64,${bytes.toString('base64')}`
}

export async function reportHTML({ content, hash }: SignedReport, { images, signatures }: Drawn, { fate, print }: Copy): Promise<string> {
  const { before, after } = sectionsOf(content)
  const { signed, at, flag } = signersOf(content)
  const mark = watermarkOf(content, fate)
  const original = originalSignersOf(content)
  const qr = content.verify === null ? '' : await qrSVG(content.verify.url)
  const figures = images.map((image, n) => {
    const picture = image === null ? '<p>图像不可显示</p>' : `<img alt="" src="${embedded(image)}">`
    return `<figure>${picture}<figcaption>图 ${n + 1}　${escaped(content.keyImages[n]?.caption ?? '')}</figcaption></figure>`
  })
  const signer = ({ label, name, title, picture }: (typeof signed)[number]): string => {
    const image = picture === null ? undefined : signatures.get(picture)
    return `<span>${label}：${image === undefined ? '' : `<img alt="" src="${embedded(image)}"> `}${escaped(`${name}${title === '' ? '' : ` ${title}`}`)}</span>`
  }
  const body = [
    '<div class="hr">互认标识</div>',
    qr === '' ? '' : `<div class="qr">${qr}扫码验真</div>`,
    `<h1>${escaped(content.centre.title)}</h1>`,
    `<p class="sites">检查单位：${escaped(content.institution.name)}　诊断中心：${escaped(content.centre.name)}</p>`,
    `<h2>${escaped(titleOf(content))}</h2>`,
    `<dl>${particularsOf(content)
      .map((one) => field(one, false))
      .join('')}${wideParticularsOf(content)
      .map((one) => field(one, true))
      .join('')}</dl>`,
    ...noticesOf(content).map((notice) => `<p class="notice">${escaped(notice)}</p>`),
    ...before.map(section),
    figures.length === 0 ? '' : `<div class="images">${figures.join('')}</div>`,
    ...after.map(section),
    original === null ? '' : `<p class="right">${escaped(original)}</p>`,
    ...addendaOf(content).map(
      ({ title, sections, signed: by }) =>
        `<hr><h3>${escaped(title)}</h3>${sections.map(section).join('')}<p class="right">${escaped(by)}</p>`,
    ),
    `<div class="signers">${signed.map(signer).join('')}<span>${at}${flag === null ? '' : ` <b>【${flag}】</b>`}</span></div>`,
    `<p class="small">${disclaimer}<br>报告版本 v${content.version}　校验码(SHA-256) ${hash}${print === null ? '' : `<br>${escaped(printMark(print))}`}</p>`,
    mark === null ? '' : `<div class="mark"><span>${escaped(mark)}</span></div>`,
  ]
  return `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>影像诊断报告</title><style>${style}</style></head><body>${body.join('')}</body></html>`
}

/** The code of a print as a picture. */
export async function qrSVG(url: string): Promise<string> {
  const { toString: draw } = await import('qrcode')
  return draw(url, { type: 'svg', errorCorrectionLevel: 'M', margin: 0 })
}
