/** The attributes of a study or a series that may be put right: as received, as they stand, and what they become. */
import { Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import type { Attributes, Correctable } from '../api/patient-types.ts'
import { correctStudy } from '../api/patients.ts'
import { attributeName, attributeText, likenessOf } from '../language/attributes.ts'
import { sexWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { say as sayPair } from '../language/words.ts'
import { dateOf, writtenDate } from '../orders/entry.ts'
import { Ask } from '../shell/ask.tsx'
import { Comparison } from '../shell/comparison.tsx'
import { changedIn } from './differences.ts'
import { useDeed } from './use-deed.ts'
import { patientWords } from './words.ts'

interface Props {
  readonly name: string
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID?: string
  readonly values: Correctable
}

const isDate = (keyword: string): boolean => keyword.endsWith('Date')

export function CorrectionForm({ name, StudyInstanceUID, SeriesInstanceUID, values }: Props) {
  const say = useWords(patientWords)
  const { language } = useLanguage()
  const [form] = Form.useForm<Record<string, string>>()
  const { busy, perform } = useDeed()
  const [asked, setAsked] = useState<Attributes | null>(null)
  const [shown] = useState(() =>
    Object.fromEntries(Object.entries(values.now).map(([keyword, value]) => [keyword, isDate(keyword) ? writtenDate(value) : value])),
  )
  const entered = Form.useWatch([], form) ?? shown
  const written = Object.fromEntries(
    Object.entries(entered).map(([keyword, value]) => [keyword, isDate(keyword) ? (dateOf(value ?? '') ?? value) : value]),
  )
  const changed = changedIn(values.now, written)
  const save = async ({ reason = '' }: { reason?: string }) => {
    if (!asked) return
    const correction = { attributes: asked, reason, ...(SeriesInstanceUID === undefined ? {} : { SeriesInstanceUID }) }
    if (await perform(() => correctStudy(StudyInstanceUID, correction), say('correctDone', { name }))) setAsked(null)
  }
  const dateRule = async (_: unknown, value = '') => {
    if (value.trim() !== '' && dateOf(value) === undefined) throw new Error(say('dateRule'))
  }
  return (
    <Form form={form} className="correction-form" initialValues={shown} onFinish={() => setAsked(changed)} autoComplete="off">
      <table>
        <thead>
          <tr>
            <th scope="col">{say('attribute')}</th>
            <th scope="col">{say('asReceived')}</th>
            <th scope="col">{say('newValue')}</th>
          </tr>
        </thead>
        <tbody>
          {values.correctable.map((keyword) => {
            const received = values.asReceived[keyword] ?? ''
            const differs = likenessOf(keyword, received, values.now[keyword] ?? '') !== 'same' && received !== (values.now[keyword] ?? '')
            return (
              <tr key={keyword} data-attribute={keyword} className={keyword in changed ? 'changed' : undefined}>
                <th scope="row">{attributeName(keyword, language)}</th>
                <td className="number">
                  {received ? attributeText(keyword, received, language) : <span className="quiet">–</span>}
                  {differs && <span className="badge badge-late">≠ {say('corrected')}</span>}
                </td>
                <td>
                  <Form.Item name={keyword} noStyle={!isDate(keyword)} rules={isDate(keyword) ? [{ validator: dateRule }] : []}>
                    {keyword === 'PatientSex' ? (
                      <Select
                        allowClear
                        aria-label={attributeName(keyword, language)}
                        options={Object.entries(sexWords).map(([value, pair]) => ({ value, label: sayPair(pair, language) }))}
                      />
                    ) : keyword === 'Laterality' ? (
                      <Select
                        allowClear
                        aria-label={attributeName(keyword, language)}
                        options={[
                          { value: 'L', label: say('left') },
                          { value: 'R', label: say('right') },
                        ]}
                      />
                    ) : (
                      <Input
                        aria-label={attributeName(keyword, language)}
                        maxLength={200}
                        placeholder={keyword.endsWith('Name') ? say('nameHint') : ''}
                        title={keyword.endsWith('Name') ? say('nameHint') : undefined}
                      />
                    )}
                  </Form.Item>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <footer>
        <Button type="primary" htmlType="submit" disabled={Object.keys(changed).length === 0}>
          {say('saveCorrection')}
        </Button>
        <Button onClick={() => form.resetFields()} disabled={Object.keys(changed).length === 0}>
          {say('reset')}
        </Button>
        {Object.keys(changed).length === 0 && <span className="quiet">{say('nothingChanged')}</span>}
      </footer>
      <Ask
        open={asked !== null}
        width={640}
        title={say('correctAsk', { name })}
        ok={say('correctOk')}
        danger
        busy={busy}
        fields={[{ name: 'reason', label: say('reason'), required: true }]}
        onOk={save}
        onCancel={() => setAsked(null)}
      >
        <Comparison
          attributes={Object.keys(asked ?? {})}
          columns={[
            { key: 'now', head: say('now'), values: values.now },
            { key: 'new', head: say('newValue'), values: asked ?? {} },
          ]}
        />
      </Ask>
    </Form>
  )
}
