/** One template or macro being written: what it is for, and its text by section. */
import { Checkbox, Form, Input, Modal, Select } from 'antd'
import type { Phrase, PhraseKind, PhraseText } from '../api/phrase-types.ts'
import { polarityWords, sexWords } from '../language/domain.ts'
import { useWords } from '../language/language.tsx'
import { sectionWords, wordingWords } from '../reading/editor-words.ts'
import { textSections } from '../reading/sections.ts'
import { templateWords } from './words.ts'

export interface Written {
  readonly text: PhraseText
  readonly centre: boolean
}

interface Props {
  readonly kind: PhraseKind
  /** What it begins with. */
  readonly from: Partial<Phrase>
  /** Whether it may be put before the centre: not where it stands there already. */
  readonly mayPropose: boolean
  readonly centre: boolean
  readonly busy: boolean
  onSave(written: Written): void
  onCancel(): void
}

type Fields = Omit<PhraseText, 'polarity' | 'wording'> & {
  readonly polarity: PhraseText['polarity'] | ''
  readonly wording: PhraseText['wording'] | ''
  readonly centre: boolean
}

const modalities = ['DX', 'CT', 'MR', 'MG', 'US', 'RF', 'XA', 'NM', 'PT'] as const
const longest = 10_000

export function PhraseForm({ kind, from, mayPropose, centre, busy, onSave, onCancel }: Props) {
  const say = useWords(templateWords)
  const saySection = useWords(sectionWords)
  const saySex = useWords(sexWords)
  const sayPolarity = useWords(polarityWords)
  const sayWording = useWords(wordingWords)
  const [form] = Form.useForm<Fields>()
  const any = { value: '', label: say('any') }
  const names = kind === 'template' ? textSections : (['text'] as const)
  const finish = ({ centre: forCentre, polarity, wording, sections, ...about }: Fields) =>
    onSave({
      centre: forCentre,
      text: {
        ...about,
        abbreviation: about.abbreviation ?? '',
        polarity: polarity || null,
        wording: wording || null,
        sections: Object.fromEntries(Object.entries(sections ?? {}).filter(([, text]) => (text ?? '').trim() !== '')),
      },
    })
  return (
    <Modal
      open
      width={760}
      title={from.title ?? say('new')}
      okText={say('save')}
      confirmLoading={busy}
      mask={{ closable: false }}
      onOk={form.submit}
      onCancel={onCancel}
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={finish}
        initialValues={{
          title: from.title ?? '',
          abbreviation: from.abbreviation ?? '',
          modality: from.modality ?? '',
          bodyPart: from.bodyPart ?? '',
          sex: from.sex ?? '',
          ageBand: from.ageBand ?? '',
          polarity: from.polarity ?? '',
          wording: from.wording ?? '',
          sections: from.sections ?? {},
          centre,
        }}
      >
        <div className="phrase-about">
          <Form.Item name="title" label={say('name')} rules={[{ required: true, whitespace: true, message: say('nameMissing') }]}>
            <Input maxLength={60} autoFocus />
          </Form.Item>
          <Form.Item
            name="abbreviation"
            label={say('abbreviation')}
            tooltip={say('abbreviationHint')}
            rules={[{ pattern: /^([a-z][a-z0-9]{1,15})?$/, message: say('abbreviationBad') }]}
          >
            <Input maxLength={16} />
          </Form.Item>
          <Form.Item name="modality" label={say('modality')}>
            <Select options={[any, ...modalities.map((value) => ({ value, label: value }))]} />
          </Form.Item>
          <Form.Item
            name="bodyPart"
            label={say('bodyPart')}
            normalize={(value: string) => value.toUpperCase()}
            rules={[{ pattern: /^[A-Z0-9 _]{0,16}$/, message: 'CHEST, HEAD, KNEE …' }]}
          >
            <Input maxLength={16} placeholder="CHEST" />
          </Form.Item>
          <Form.Item name="sex" label={say('sex')}>
            <Select options={[any, { value: 'M', label: saySex('M') }, { value: 'F', label: saySex('F') }]} />
          </Form.Item>
          <Form.Item name="ageBand" label={say('ageBand')}>
            <Select
              options={[any, ...(['infant', 'child', 'adult', 'elderly'] as const).map((value) => ({ value, label: say(`age_${value}`) }))]}
            />
          </Form.Item>
          {kind === 'template' && (
            <>
              <Form.Item name="polarity" label={say('polarity')}>
                <Select options={[any, ...(['negative', 'positive'] as const).map((value) => ({ value, label: sayPolarity(value) }))]} />
              </Form.Item>
              <Form.Item name="wording" label={say('wording')}>
                <Select
                  options={[
                    any,
                    ...(['normal', 'affirmative', 'consistent', 'possible', 'not-excluded'] as const).map((value) => ({
                      value,
                      label: sayWording(value),
                    })),
                  ]}
                />
              </Form.Item>
            </>
          )}
        </div>
        <p className="quiet">{say('placeholdersHint')}</p>
        {names.map((name) => (
          <Form.Item
            key={name}
            name={['sections', name]}
            label={name === 'text' ? say('text') : saySection(name)}
            rules={name === 'text' || name === 'findings' ? [{ required: true, whitespace: true, message: say('textMissing') }] : []}
          >
            <Input.TextArea maxLength={longest} autoSize={{ minRows: name === 'findings' || name === 'text' ? 3 : 1, maxRows: 10 }} />
          </Form.Item>
        ))}
        {mayPropose && (
          <Form.Item name="centre" valuePropName="checked">
            <Checkbox>{say('forCentre')}</Checkbox>
          </Form.Item>
        )}
      </Form>
    </Modal>
  )
}
