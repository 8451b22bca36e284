/** The reader returns images: whose in the question, what is wrong in codes and words, where on the picture, which to take again. reading.md §3.2 #9. */
import './returns.css'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Checkbox, Form, Input, Modal, Radio, Segmented, Spin } from 'antd'
import { useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { useSeries } from '../api/rejections.ts'
import { type Point, type ReturnInput, returnStudy, type Shape, useReturnReasons } from '../api/returns.ts'
import type { WorkitemDetail } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { shellWords } from '../shell/words.ts'
import { Drawing, type Tool } from './drawing.tsx'
import { type ChosenImage, ImageChoice, imagesOf, pictureAddress } from './image-choice.tsx'
import { returnWords } from './words.ts'

/** One film is one exposure: of these a single image is taken again. */
const singleFilms: ReadonlySet<string> = new Set(['CR', 'DX', 'DR', 'MG', 'RF', 'XA', 'IO', 'PX'])
type Scope = 'image' | 'series' | 'study'

interface Props {
  readonly open: boolean
  readonly workitem: Pick<WorkitemDetail, 'id' | 'StudyInstanceUID' | 'patient' | 'modality' | 'StudyDescription' | 'generation'>
  readonly onDone: () => void
  readonly onCancel: () => void
}

/** What was chosen and typed stays while the page is open: closing the dialog loses nothing. */
export function ReturnDialog({ open, workitem, onDone, onCancel }: Props) {
  const say = useWords(returnWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const asked = useReturnReasons(open)
  const series = useSeries(workitem.StudyInstanceUID)
  const [reasons, setReasons] = useState<readonly string[]>([])
  const [comment, setComment] = useState('')
  const [scope, setScope] = useState<Scope>(singleFilms.has(workitem.modality) ? 'image' : 'study')
  const [[seriesAt, at], setPlace] = useState<readonly [number, number]>([0, 0])
  const [tool, setTool] = useState<Tool>('arrow')
  /** By image: going on to the next one keeps what was drawn on this. One image is sent: the last that was drawn on. */
  const [drawn, setDrawn] = useState<{ readonly image: ChosenImage; readonly shapes: readonly Shape[] } | null>(null)
  const [place, setTextPlace] = useState<Point | null>(null)
  const [missing, setMissing] = useState(false)
  const [busy, setBusy] = useState(false)

  const list = series.data ?? []
  const current = list[seriesAt]
  const image = current && imagesOf(current)[at]
  const total = list.reduce((sum, { instances }) => sum + instances.length, 0)
  const here = drawn !== null && image !== undefined && sameImage(drawn.image, image) ? drawn.shapes : []
  const add = (shape: Shape) => image && setDrawn({ image, shapes: [...here, shape].slice(-20) })

  const send = async () => {
    if (reasons.length === 0) return setMissing(true)
    const marked = drawn !== null && drawn.shapes.length > 0 ? drawn : null
    const about = marked?.image ?? image
    const input: ReturnInput = {
      reasons,
      comment: comment.trim(),
      generation: workitem.generation,
      ...(marked === null
        ? {}
        : { annotation: { SOPInstanceUID: marked.image.SOPInstanceUID, frame: marked.image.frame, shapes: marked.shapes } }),
      ...(about === undefined || scope === 'study'
        ? {}
        : scope === 'series'
          ? { SeriesInstanceUID: about.SeriesInstanceUID }
          : { SOPInstanceUIDs: [about.SOPInstanceUID] }),
    }
    setBusy(true)
    try {
      await returnStudy(workitem.id, input)
      message.success(say('done', { name: workitem.patient.name }))
      onDone()
    } catch (error) {
      message.error(sentenceOf(error, language), 8)
    } finally {
      setBusy(false)
      for (const key of ['workitem', 'workitems', 'returns']) void queries.invalidateQueries({ queryKey: [key] })
    }
  }

  return (
    <Modal
      open={open}
      title={say('ask', { name: workitem.patient.name || sayShell('noName') })}
      okText={say('return')}
      okButtonProps={{ danger: true }}
      confirmLoading={busy}
      mask={{ closable: false }}
      onOk={() => void send()}
      onCancel={onCancel}
      width={1_120}
      className="return-dialog"
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a chord for the whole dialog */}
      <div
        className="return-body"
        onKeyDown={(event) => {
          if (event.ctrlKey && event.key === 'Enter' && !event.nativeEvent.isComposing) void send()
        }}
      >
        <section className="return-picture">
          {series.isPending ? (
            <Spin />
          ) : image === undefined ? (
            <p className="quiet">{say('noImages')}</p>
          ) : (
            <>
              <div className="drawing-tools">
                <Segmented<Tool>
                  size="small"
                  value={tool}
                  onChange={setTool}
                  options={(['arrow', 'ellipse', 'text'] as const).map((value) => ({ value, label: say(value) }))}
                />
                <Button size="small" disabled={here.length === 0} onClick={() => setDrawn({ image, shapes: here.slice(0, -1) })}>
                  {say('undo')}
                </Button>
                <Button size="small" disabled={here.length === 0} onClick={() => setDrawn(null)}>
                  {say('clear')}
                </Button>
                <ImageChoice series={list} seriesAt={seriesAt} at={at} onChoose={(...next) => setPlace(next)} />
              </div>
              <Drawing
                src={pictureAddress(workitem.StudyInstanceUID, image)}
                alt={say('draw')}
                tool={tool}
                shapes={here}
                broken={say('noPicture')}
                onDrawn={add}
                onPlace={setTextPlace}
              />
              {place === null ? (
                <p className="quiet drawing-hint">{say('drawHint')}</p>
              ) : (
                <Input.Search
                  size="small"
                  autoFocus
                  maxLength={40}
                  placeholder={say('textAsk')}
                  enterButton={say('textPlace')}
                  onSearch={(text) => {
                    if (text.trim() !== '') add({ kind: 'text', points: [place], text: text.trim() })
                    setTextPlace(null)
                  }}
                />
              )}
            </>
          )}
        </section>
        <section className="return-why">
          <p className="quiet return-exam">
            <span className="modality">{workitem.modality}</span> {workitem.StudyDescription}
          </p>
          <Form layout="vertical" requiredMark={false} component="div">
            <Form.Item
              label={say('reasons')}
              validateStatus={missing && reasons.length === 0 ? 'error' : ''}
              help={missing && reasons.length === 0 ? say('reasonsMissing') : undefined}
            >
              {asked.data === undefined ? (
                asked.error ? (
                  <Button onClick={() => void asked.refetch()}>{sayShell('retry')}</Button>
                ) : (
                  <Spin size="small" />
                )
              ) : (
                <Checkbox.Group
                  className="return-reasons"
                  value={[...reasons]}
                  onChange={(chosen) => setReasons(chosen.slice(0, 8))}
                  options={asked.data.items.map((reason) => ({ value: reason.code, label: reason[language] }))}
                />
              )}
            </Form.Item>
            <Form.Item label={say('comment')}>
              <Input.TextArea
                value={comment}
                autoSize={{ minRows: 2, maxRows: 5 }}
                maxLength={500}
                placeholder={say('commentHint')}
                aria-label={say('comment')}
                onChange={({ target }) => setComment(target.value)}
              />
            </Form.Item>
            {total > 1 && (
              <Form.Item label={say('what')}>
                <Radio.Group value={scope} onChange={({ target }) => setScope(target.value as Scope)}>
                  {image !== undefined && <Radio value="image">{say('whatImage')}</Radio>}
                  {image !== undefined && list.length > 1 && total > list.length && <Radio value="series">{say('whatSeries')}</Radio>}
                  <Radio value="study">{say('whatStudy', { n: total })}</Radio>
                </Radio.Group>
              </Form.Item>
            )}
          </Form>
          <p className="quiet">{say('keepsClock')}</p>
        </section>
      </div>
    </Modal>
  )
}

const sameImage = (a: ChosenImage, b: ChosenImage): boolean => a.SOPInstanceUID === b.SOPInstanceUID && a.frame === b.frame
