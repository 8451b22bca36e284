/** Key images kept in the study by themselves, with what for (PS3.16 CID 7010): for teaching, a conference, the referring doctor. */
import { App, Form, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { useSelect, useSelections, useTitles } from '../api/key-images.ts'
import { exactTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import type { KeyImage } from '../reading/messages.ts'
import { viewerWords } from '../reading/viewer-words.ts'

interface Props {
  readonly StudyInstanceUID: string
  readonly images: readonly KeyImage[]
  onClose(): void
}

/** For the doctor who asked. */
const usual = '113002'

export function SelectionDialog({ StudyInstanceUID, images, onClose }: Props) {
  const say = useWords(viewerWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const titles = useTitles(true).data?.items ?? []
  const before = useSelections(StudyInstanceUID).data?.items ?? []
  const select = useSelect(StudyInstanceUID)
  const [title, setTitle] = useState(usual)
  const [comment, setComment] = useState('')
  const keep = async () => {
    try {
      await select.mutateAsync({ title, comment, images })
      message.success(say('selectionStored', { title: titles.find(({ code }) => code === title)?.[language] ?? title }))
      onClose()
    } catch (error) {
      message.error(sentenceOf(error, language))
    }
  }
  return (
    <Modal
      open
      title={say('storeSelection')}
      okText={say('selectionKeep')}
      cancelText={say('cancel')}
      okButtonProps={{ loading: select.isPending, disabled: images.length === 0 }}
      onOk={() => void keep()}
      onCancel={onClose}
      destroyOnHidden
    >
      <Form layout="vertical">
        <Form.Item label={say('selectionTitle')}>
          <Select
            value={title}
            onChange={setTitle}
            options={titles.map((each) => ({ value: each.code, label: each[language] }))}
            aria-label={say('selectionTitle')}
          />
        </Form.Item>
        <Form.Item label={say('selectionComment')}>
          <Input.TextArea
            value={comment}
            maxLength={1_000}
            autoSize={{ minRows: 2, maxRows: 6 }}
            onChange={({ target }) => setComment(target.value)}
          />
        </Form.Item>
      </Form>
      {before.length > 0 && (
        <>
          <h3>{say('selections')}</h3>
          <ul className="selections">
            {before.map((each) => (
              <li key={each.SOPInstanceUID}>
                {each.title[language]} · {each.by} · <span className="number">{exactTime(each.at)}</span> ·{' '}
                {say('imageCount', { n: each.images.length })}
                {each.comment && <span className="quiet"> {each.comment}</span>}
              </li>
            ))}
          </ul>
        </>
      )}
    </Modal>
  )
}
