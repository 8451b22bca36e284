/** Each rule against sentences as radiologists write them: what it must find, and what it must leave alone. */
import { describe, expect, test } from 'vitest'
import { type LintSubject, lint } from '../../../../archive/reading/linter/lint.ts'
import { rules } from '../../../../archive/reading/linter/rules.ts'
import { emptyDraft } from '../../../../storage/index/reading/drafts.ts'

type Change = Partial<Omit<LintSubject, 'draft'>> & { draft?: Partial<LintSubject['draft']> }

const subject = ({ draft = {}, ...rest }: Change): LintSubject => ({
  sex: '',
  age: 40,
  modality: 'CT',
  ordered: [],
  clinical: '',
  lateImages: false,
  criticalRaised: false,
  priors: [],
  ...rest,
  draft: { ...emptyDraft, wording: 'affirmative', grade: { grade: 0, dims: {} }, ...draft },
})

/** The rules that speak, apart from those that are not asked here. */
const told = (change: Change, rule: string) => lint(subject(change)).filter((finding) => finding.rule === rule)

/** [findings, impression, the rest] */
type Case = readonly [findings: string, impression: string, rest?: Change]

function rule(code: string, bad: readonly Case[], good: readonly Case[]): void {
  const of = ([findings, impression, rest = {}]: Case): Change => ({ ...rest, draft: { findings, impression, ...rest.draft } })
  describe(code, () => {
    test.each(bad)('finds: %s | %s', (...one) => expect(told(of(one as unknown as Case), code)).not.toEqual([]))
    test.each(good)('leaves alone: %s | %s', (...one) => expect(told(of(one as unknown as Case), code)).toEqual([]))
  })
}

rule(
  'placeholder',
  [
    ['[左/右]肺上叶见结节', ''],
    ['大小约{大小}', ''],
    ['见【有/无】移位', ''],
    ['大小约____cm', ''],
    ['', '{部位}骨折'],
  ],
  [
    ['T1WI(平扫/增强)呈低信号', ''],
    ['左/右肺均见', ''],
    ['L4/5椎间盘突出', '（左侧）'],
  ],
)

rule(
  'sex-organ',
  [
    ['子宫大小形态正常', '', { sex: 'M' }],
    ['双侧附件区未见异常', '', { sex: 'M' }],
    ['双侧附件未见异常', '', { sex: 'M' }],
    ['前列腺不大', '', { sex: 'F' }],
    ['', '精囊腺未见异常', { sex: 'F' }],
  ],
  [
    ['子宫大小形态正常', '', { sex: 'F' }],
    ['腰椎椎体及双侧附件骨质未见异常', '', { sex: 'M' }],
    ['各椎体及附件未见骨质破坏', '', { sex: 'M' }],
    ['子宫切除术后', '', { sex: 'F' }],
    ['前列腺增大', '', { sex: 'M' }],
    ['子宫大小正常', '', { sex: 'O' }],
    ['子宫大小正常', '', { sex: '' }],
  ],
)

rule(
  'laterality-order',
  [
    ['左膝关节间隙变窄', '左膝退行性变', { ordered: ['右膝关节正侧位'] }],
    ['左膝关节诸骨未见骨折', '未见异常', { ordered: ['右膝'] }],
    ['右膝关节间隙变窄', '左膝退行性变', { ordered: ['右膝关节'] }],
    ['左侧股骨远端骨折', '左膝关节骨折', { ordered: ['KNEE RIGHT'] }],
    ['右踝关节诸骨未见骨折', '', { ordered: ['左踝关节正侧位'] }],
  ],
  [
    ['右膝关节间隙变窄', '右膝退行性变', { ordered: ['右膝关节正侧位'] }],
    ['双膝关节间隙变窄', '双膝退行性变', { ordered: ['右膝关节'] }],
    ['右膝关节骨折，左膝关节未见异常', '右膝关节骨折', { ordered: ['右膝关节'] }],
    ['左膝骨折', '', { ordered: ['双膝关节正侧位'] }],
    ['左膝骨折', '', { ordered: ['膝关节正侧位'] }],
    ['病灶大小约5cm左右，左右径约3cm，左心室增大', '', { ordered: ['右肺CT'] }],
    ['右肩关节诸骨未见骨折，左心缘饱满', '', { ordered: ['右肩关节'] }],
  ],
)

rule(
  'laterality-findings',
  [
    ['左肺上叶见一结节，大小约8mm。右肺清晰。', '右肺上叶结节'],
    ['右侧胸腔见积液', '左侧胸腔积液'],
    ['左肾见囊性灶', '右肾囊肿'],
    ['左侧基底节区见片状低密度影', '右侧基底节区梗死'],
    ['右桡骨远端骨折', '左桡骨远端骨折'],
  ],
  [
    ['左肺上叶见一结节，大小约8mm。右肺清晰。', '左肺上叶结节'],
    ['左肺上叶见结节，右肺下叶见斑片影', '左肺上叶结节；右肺下叶炎症'],
    ['双侧胸腔见积液', '左侧胸腔积液，右侧胸腔积液'],
    ['两肺见散在斑片影', '右肺炎症'],
    ['左心室增大，右侧胸腔积液', '右侧胸腔积液，左心室增大'],
    ['右位心', '右位心'],
    ['双肺纹理清晰', '两肺未见异常'],
    ['左肾见囊性灶。右肺上叶见结节。', '左肾囊肿，右肺上叶结节'],
    ['左侧乳腺切除术后', '左侧乳腺切除术后改变，右肺未见转移'],
  ],
)

rule(
  'laterality-clinical',
  [['右膝关节间隙变窄', '右膝退行性变', { clinical: '左膝外伤 2 小时', ordered: ['膝关节正侧位'] }]],
  [
    ['左膝关节间隙变窄', '左膝退行性变', { clinical: '左膝外伤', ordered: ['膝关节'] }],
    ['双膝关节间隙变窄', '双膝退行性变', { clinical: '左膝外伤', ordered: ['膝关节'] }],
    ['右肺结节', '右肺结节', { clinical: '左膝外伤', ordered: ['胸部CT'] }],
  ],
)

rule(
  'negation-clash',
  [
    ['右桡骨远端未见骨折', '右桡骨远端骨折'],
    ['双侧胸腔未见积液', '右侧胸腔积液'],
    ['骨折征象未见', '右股骨骨折'],
    ['两肺未见实变、结节及肿块', '右肺上叶结节'],
    ['右股骨颈骨折', '右股骨颈未见骨折'],
    ['未见骨折及脱位', '肩关节脱位'],
  ],
  [
    ['右桡骨远端骨折，余骨未见骨折', '右桡骨远端骨折'],
    ['右桡骨远端无移位骨折', '右桡骨远端骨折'],
    ['右桡骨远端骨折，断端未见移位', '右桡骨远端骨折'],
    ['右桡骨远端骨折未见明显移位', '右桡骨远端骨折'],
    ['未见明确骨折', '骨折不除外，建议复查'],
    ['双侧胸腔未见积液，心包见少量积液', '心包少量积液'],
    ['胸腔未见积液。肝内见囊性灶', '心包积液'],
    ['未见骨折', '未见骨折'],
    ['两肺未见结节。甲状腺右叶见结节', '甲状腺结节'],
    ['陈旧性骨折', '未见新鲜骨折'],
    ['不能除外骨折', '骨折可能'],
  ],
)

rule(
  'removed-organ',
  [
    ['子宫切除术后。子宫大小形态正常', ''],
    ['胆囊切除术后，胆囊大小正常，壁不厚', ''],
    ['胆囊未见异常', '胆囊切除术后'],
  ],
  [
    ['子宫切除术后，术区未见异常', '子宫切除术后'],
    ['胆囊切除术后，胆囊窝未见积液', '胆囊切除术后'],
    ['胃大部切除术后，残胃壁不厚', '胃术后'],
    ['子宫大小形态正常', ''],
  ],
)

rule(
  'critical-words',
  [
    ['', '主动脉夹层'],
    ['中线结构向左移位约12mm', ''],
    ['右基底节出血，量约35ml', '脑出血'],
    ['膈下见游离气体', '消化道穿孔'],
    ['', '右侧张力性气胸'],
  ],
  [
    ['未见主动脉夹层', '未见肺栓塞'],
    ['', '主动脉夹层不除外，建议CTA'],
    ['', '主动脉夹层术后'],
    ['中线结构向左移位约3mm', ''],
    ['右基底节出血，量约8ml', ''],
    ['', '主动脉夹层', { criticalRaised: true }],
    ['中线结构居中', ''],
  ],
)

rule(
  'polarity',
  [
    ['', '右桡骨远端骨折', { draft: { polarity: 'negative' } }],
    ['', '两肺未见异常', { draft: { polarity: 'positive' } }],
    ['', '右肺炎症', { draft: { polarity: 'negative' } }],
  ],
  [
    ['', '未见骨折', { draft: { polarity: 'negative' } }],
    ['', '心肺膈未见异常', { draft: { polarity: 'negative' } }],
    ['', '双肺未见明显活动性病变', { draft: { polarity: 'negative' } }],
    ['', '主动脉硬化', { draft: { polarity: 'negative' } }],
    ['', '右桡骨远端骨折', { draft: { polarity: 'positive' } }],
    ['', '未见骨折。关节积液', { draft: { polarity: 'positive' } }],
  ],
)

rule(
  'unit-mismatch',
  [['结节，直径约5mm', '右肺结节，直径约5cm']],
  [
    ['结节，直径约5mm', '右肺结节（0.5cm）'],
    ['结节，直径约5mm', '右肺结节（5mm）'],
    ['结节5mm，肿块5cm', '肿块5cm'],
  ],
)

rule(
  'measurement',
  [
    ['结节直径约5mmm', ''],
    ['大小约3×4', ''],
    ['大小约3mm×4cm', ''],
    ['结节直径约15cm', ''],
    ['直径1..2cm', ''],
    ['直径1。2cm', ''],
    ['CT值约9000HU', ''],
    ['直径约8nm', ''],
  ],
  [
    ['结节直径约5mm', ''],
    ['大小约3.2cm×4.1cm', ''],
    ['大小约3.2×4.1×5cm', ''],
    ['矩阵512×512', ''],
    ['CT值约-900HU', ''],
    ['肝右叶囊肿，大小约8.5×7.2cm', ''],
    ['L4/5椎间盘', ''],
    ['脾脏长径约14cm', ''],
    ['中性粒细胞5×10^9/L', ''],
  ],
)

rule(
  'omitted',
  [['右肺上叶见结节影', '心肺膈未见异常']],
  [
    ['两肺未见结节', '心肺膈未见异常'],
    ['主动脉壁钙化', '心肺膈未见异常'],
    ['右肺上叶见结节影', '右肺上叶结节'],
  ],
)

const keyImages = [{ SeriesInstanceUID: '1', SOPInstanceUID: '2', frame: 1, caption: '右肺结节' }]
rule(
  'key-image',
  [
    ['', '两肺未见异常', { draft: { keyImages } }],
    ['', '右侧胸腔积液', { draft: { keyImages } }],
  ],
  [
    ['', '右肺上叶结节', { draft: { keyImages } }],
    ['', '右侧胸腔积液', { draft: { keyImages: [{ ...keyImages[0]!, caption: '图1' }] } }],
  ],
)

rule(
  'body-part',
  [
    ['膝关节诸骨未见骨折', '膝关节未见异常', { ordered: ['胸部正位', 'CHEST'] }],
    ['两肺清晰', '两肺未见异常', { ordered: ['胸部+上腹部CT平扫'] }],
  ],
  [
    ['两肺清晰', '心肺膈未见异常', { ordered: ['胸部正位', 'CHEST'] }],
    ['两肺清晰。肝脾大小正常', '', { ordered: ['胸部+上腹部CT平扫'] }],
    ['脑实质密度均匀', '', { ordered: ['HEAD'] }],
    ['胸椎序列正常', '', { ordered: ['胸椎正侧位'] }],
    ['L4/5椎间盘突出', '', { ordered: ['腰椎MR'] }],
    ['', '', { ordered: ['胸部'] }],
    ['所见如常', '', { ordered: ['1234'] }],
  ],
)

rule(
  'modality-words',
  [
    ['脑实质内见长T1长T2信号', '', { modality: 'CT' }],
    ['右肺见结节，CT值约30HU', '', { modality: 'DX' }],
    ['基底节见低密度影', '', { modality: 'MR' }],
  ],
  [
    ['脑实质内见长T1长T2信号', '', { modality: 'MR' }],
    ['肝内见低密度影，CT值约10HU', '', { modality: 'CT' }],
    ['右肺见斑片影，密度不均', '', { modality: 'DX' }],
  ],
)

rule(
  'age-words',
  [
    ['脑实质老年性改变', '', { age: 6 }],
    ['尺桡骨骨骺线未闭合', '', { age: 62 }],
  ],
  [
    ['脑实质老年性改变', '', { age: 72 }],
    ['尺桡骨骨骺未闭', '', { age: 9 }],
    ['老年性脑改变', '', { age: null }],
  ],
)

const prior = { StudyDate: '20260301', opened: false }
rule(
  'prior',
  [
    ['较前片病灶吸收', '', { priors: [prior] }],
    ['较前病灶吸收', '', {}],
    ['', '与2026-03-01片比较，病灶增大', { priors: [prior] }],
    ['', '', { draft: { comparison: '2025-01-02 胸部CT' }, priors: [{ ...prior, opened: true }] }],
  ],
  [
    ['较前片病灶吸收', '', { priors: [{ ...prior, opened: true }] }],
    ['注入对比剂后明显强化', '', { priors: [prior] }],
    ['与对侧对比未见异常', '', { priors: [prior] }],
    ['与外院2025-01-01 CT片比较', '', {}],
    ['', '', { draft: { comparison: '2026-03-01 胸部CT' }, priors: [{ ...prior, opened: true }] }],
    ['', '', { draft: { comparison: '无' } }],
  ],
)

rule(
  'differentials',
  [
    ['', '右肺占位，考虑肺癌、结核球、炎性假瘤或错构瘤可能'],
    ['', '右肺占位：肺癌？结核？炎症？错构瘤？'],
  ],
  [
    ['', '右肺占位，考虑肺癌、结核球或炎性假瘤可能'],
    ['', '右肺结节；肝囊肿；肾囊肿；胆囊结石；脂肪肝'],
    ['', '右肺炎症、胸腔积液、心包积液、肺气肿'],
  ],
)

rule(
  'wording',
  [
    ['', '右肺结节', { draft: { wording: 'normal' } }],
    ['', '两肺未见异常', { draft: { wording: 'affirmative' } }],
    ['', '右肺占位，肺癌可能', { draft: { wording: 'affirmative' } }],
    ['', '右肺炎症', { draft: { wording: 'not-excluded' } }],
    ['', '右肺炎症', { draft: { wording: 'consistent' } }],
  ],
  [
    ['', '两肺未见异常', { draft: { wording: 'normal' } }],
    ['', '右桡骨远端骨折', { draft: { wording: 'affirmative' } }],
    ['', '右肺占位，肺癌可能', { draft: { wording: 'possible' } }],
    ['', '右肺结核不除外', { draft: { wording: 'not-excluded' } }],
    ['', '所见符合支气管扩张', { draft: { wording: 'consistent' } }],
    ['', '右桡骨骨折；软组织损伤可能', { draft: { wording: 'affirmative' } }],
  ],
)

describe('the table', () => {
  test('says each rule once, with a sentence and a reason in both languages', () => {
    expect(new Set(rules.map(({ code }) => code)).size).toBe(rules.length)
    for (const { sentences, explanation } of rules)
      for (const [zh, en] of [...Object.values(sentences), explanation]) {
        expect(zh).toMatch(/\p{Script=Han}/u)
        expect(en).toMatch(/^[\s“\p{L}{]/u)
      }
  })
  test('fills every word of every sentence that it says', () => {
    const text = '男 [左/右] 子宫 未见骨折 大小约3×4 较前片 主动脉夹层 T1WI 左膝'
    const all = lint(
      subject({
        sex: 'M',
        ordered: ['右膝'],
        draft: { findings: text, impression: '骨折 5cm 考虑肺癌、结核、肺炎、脓肿', wording: null, grade: null },
      }),
    )
    expect(all.length).toBeGreaterThan(5)
    // A placeholder quotes its braces; nothing else has any.
    for (const { zh, en } of all) expect(`${zh}${en}`).not.toMatch(/\{\w+\}/)
  })
  test('says where, in the text as a browser counts it', () => {
    const findings = '双肺清晰𠮷。子宫大小正常。'
    const [finding] = told({ sex: 'M', draft: { findings } }, 'sex-organ')
    expect(findings.slice(finding!.where!.start, finding!.where!.end)).toBe('子宫')
  })
  test('puts errors first and is bounded', () => {
    const findings = Array(200).fill('大小约3×4，子宫，[左/右]').join('。')
    const all = lint(subject({ sex: 'M', draft: { findings } }))
    expect(all.length).toBeLessThanOrEqual(50)
    const first = all.findIndex(({ severity }) => severity === 'warning')
    expect(all.slice(first).every(({ severity }) => severity === 'warning')).toBe(true)
  })
  test('a normal chest CT as it is dictated every day raises nothing', () => {
    const findings =
      '胸廓对称，双肺纹理清晰，走行自然，肺野透亮度正常，未见明显实质性病变。气管及主要支气管通畅。双肺门不大，纵隔内未见肿大淋巴结。心影大小、形态正常，双侧胸腔未见积液，胸膜未见增厚。'
    expect(
      lint(
        subject({
          sex: 'M',
          ordered: ['胸部CT平扫', 'CHEST'],
          draft: { findings, impression: '胸部CT平扫未见明显异常。', polarity: 'negative', wording: 'normal' },
        }),
      ),
    ).toEqual([])
  })
})
