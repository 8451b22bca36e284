/** Many studies of one small instance each: what the list is searched in. */
import { fileMeta } from '../../archive/dicom/part10.ts'
import { ExplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { uidOf } from '../../test-images/index.ts'
import { element, image } from '../support/dataset.ts'

const surnames = ['Wang=王', 'Li=李', 'Zhang=张', 'Liu=刘', 'Chen=陈', 'Yang=杨', 'Zhao=赵', 'Huang=黄', 'Zhou=周', 'Wu=吴']
const givenNames = ['Wei=伟', 'Fang=芳', 'Na=娜', 'Min=敏', 'Jing=静', 'Lei=磊', 'Qiang=强', 'Yan=燕', 'Jun=军', 'Bingzhi=丙治']
const SecondaryCapture = '1.2.840.10008.5.1.4.1.1.7'
const day = 86_400_000
const firstDay = Date.UTC(2025, 0, 1)
/** Studies a day, so that a range of days has the same number of hits in a small archive and in a large one. */
const aDay = 25

/** The date of study `n`, as DA. */
export const dateOf = (n: number): string => new Date(firstDay + Math.floor(n / aDay) * day).toISOString().slice(0, 10).replaceAll('-', '')

export function* smallStudies(count: number): Generator<Buffer> {
  for (let n = 0; n < count; n++) yield smallStudy(n)
}

function smallStudy(n: number): Buffer {
  const uid = (what: string) => uidOf('bench list', what, String(n))
  const [latin, han] = surnames[n % surnames.length]!.split('=')
  const [givenLatin, givenHan] = givenNames[Math.floor(n / surnames.length) % givenNames.length]!.split('=')
  const text = (tag: number, vr: string, value: string) => {
    const bytes = Buffer.from(value)
    return element(tag, vr, bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')]))
  }
  const SOPInstanceUID = uid('instance')
  const dataset = Buffer.concat([
    text(0x00080005, 'CS', 'ISO_IR 192'),
    text(0x00080016, 'UI', SecondaryCapture),
    text(0x00080018, 'UI', SOPInstanceUID),
    text(0x00080020, 'DA', dateOf(n)),
    text(0x00080030, 'TM', `${String(8 + (n % 10)).padStart(2, '0')}${String(n % 60).padStart(2, '0')}00`),
    text(0x00080050, 'SH', `A${100_000 + n}`),
    text(0x00080060, 'CS', ['CT', 'DX', 'MR', 'US'][n % 4]!),
    text(0x00080064, 'CS', 'WSD'),
    text(0x00080090, 'PN', ''),
    text(0x00081030, 'LO', `CHEST 胸部 ${n % 7}`),
    text(0x00100010, 'PN', `${latin}^${givenLatin}=${han}^${givenHan}`),
    text(0x00100020, 'LO', `P${200_000 + n}`),
    text(0x00100030, 'DA', '19700101'),
    text(0x00100040, 'CS', n % 2 === 0 ? 'M' : 'F'),
    text(0x0020000d, 'UI', uid('study')),
    text(0x0020000e, 'UI', uid('series')),
    text(0x00200010, 'SH', String(n)),
    text(0x00200011, 'IS', '1'),
    text(0x00200013, 'IS', '1'),
    ...image(),
    element(0x7fe00010, 'OW', Buffer.alloc(8)),
  ])
  return Buffer.concat([fileMeta({ SOPClassUID: SecondaryCapture, SOPInstanceUID, TransferSyntaxUID: ExplicitVRLittleEndian }), dataset])
}
