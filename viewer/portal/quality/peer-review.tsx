/** One report under a second look: pictures and text side by side, then the score, the author's answer, the settlement. */
import { Button, Drawer, Form, Input, Radio, Select } from 'antd'
import { answerPeer, scorePeer, settlePeer, usePeerReview } from '../api/quality.ts'
import { type PeerCategory, type PeerReviewDetail, peerCategories } from '../api/quality-types.ts'
import { dicomDate, exactTime } from '../clock.ts'
import { ageText, sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { Pictures } from './pictures.tsx'
import { useQualityDeed } from './use-quality-deed.ts'
import { qualityWords } from './words.ts'

const scores = ['score1', 'score2', 'score3', 'score4'] as const
export const scoreWord = (score: number): (typeof scores)[number] => scores[score - 1] ?? 'score1'

export function PeerReviewDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const say = useWords(qualityWords)
  const review = usePeerReview(id)
  return (
    <Drawer open title={say('peers')} size="min(1200px, 96vw)" onClose={onClose} destroyOnHidden>
      <Answer query={review}>{(detail) => <Review review={detail} />}</Answer>
    </Drawer>
  )
}

function Review({ review }: { review: PeerReviewDetail }) {
  const say = useWords(qualityWords)
  const { language } = useLanguage()
  const { patient, study, modality } = review
  return (
    <div className="peer-review">
      <section>
        <h3>
          <span className="modality">{modality}</span> {study.StudyDescription || study.bodyPart}{' '}
          <span className="quiet number">{dicomDate(study.StudyDate)}</span>{' '}
          <span className="quiet">
            {sexText(patient.sex, language)} {ageText(patient.age, language)}
          </span>
        </h3>
        <Pictures StudyInstanceUID={review.StudyInstanceUID} />
        {review.report !== null && (
          <p>
            <a href={`/viewer?StudyInstanceUIDs=${encodeURIComponent(review.StudyInstanceUID)}`} target="_blank" rel="noreferrer">
              {say('openViewer')}
            </a>{' '}
            <a href={`/reports/${review.report}`} target="_blank" rel="noreferrer">
              {say('openReport')}
            </a>
          </p>
        )}
      </section>
      <section>
        {review.report === null && <p className="quiet">{say('blindNote')}</p>}
        <dl className="peer-text">
          {(
            [
              ['clinical', review.clinicalInformation],
              ['findings', review.findings],
              ['impression', review.impression],
              ['advice', review.advice],
            ] as const
          ).map(([key, text]) =>
            text === '' ? null : (
              <div key={key}>
                <dt>{say(key)}</dt>
                <dd>{text}</dd>
              </div>
            ),
          )}
          {review.author !== null && (
            <div>
              <dt>{say('author')}</dt>
              <dd>
                {review.author} · {review.signer} · {review.institution} · <span className="number">{exactTime(review.signedAt)}</span>
              </dd>
            </div>
          )}
        </dl>
        <Course review={review} />
        {review.verbs.includes('score') && <ScoreForm id={review.id} />}
        {review.verbs.includes('agree') && <AnswerForm id={review.id} />}
        {review.verbs.includes('settle') && <SettleForm id={review.id} />}
      </section>
    </div>
  )
}

/** What was said so far. */
function Course({ review }: { review: PeerReviewDetail }) {
  const say = useWords(qualityWords)
  if (review.score === null) return null
  const category = peerCategories.find((each) => each === review.category)
  return (
    <dl className="peer-text peer-course">
      <div>
        <dt>{say('score')}</dt>
        <dd>
          <b>{say(scoreWord(review.score))}</b> {category !== undefined && category !== 'agreed' && say(`category-${category}`)}{' '}
          {review.comment}
          <div className="quiet">
            {review.reviewer ?? say('anonymous')} · <span className="number">{exactTime(review.scoredAt)}</span>
          </div>
        </dd>
      </div>
      {review.answer !== null && (
        <div>
          <dt>{say('answer')}</dt>
          <dd>
            <b>{say(`answer-${review.answer}`)}</b> {review.answerText}
            <div className="quiet number">{exactTime(review.answeredAt)}</div>
          </dd>
        </div>
      )}
      {review.finalScore !== null && (
        <div>
          <dt>{say('finalScore')}</dt>
          <dd>
            <b>{say(scoreWord(review.finalScore))}</b> {review.finalText}
            <div className="quiet">
              {say('settledBy', { by: review.settledBy ?? '' })} · <span className="number">{exactTime(review.settledAt)}</span>
            </div>
          </dd>
        </div>
      )}
    </dl>
  )
}

function ScoreChoice() {
  const say = useWords(qualityWords)
  return (
    <Form.Item name="score" label={say('score')} rules={[{ required: true, message: say('needed') }]}>
      <Radio.Group optionType="button" options={scores.map((key, at) => ({ value: at + 1, label: say(key) }))} />
    </Form.Item>
  )
}

function ScoreForm({ id }: { id: string }) {
  const say = useWords(qualityWords)
  const { busy, perform } = useQualityDeed()
  const [form] = Form.useForm<{ score: number; category?: PeerCategory; comment?: string }>()
  const score = Form.useWatch('score', form)
  const differs = score !== undefined && score > 1
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      onFinish={({ score, category, comment = '' }) =>
        perform(() => scorePeer(id, score, score === 1 ? 'agreed' : (category ?? 'other'), comment.trim()), say('scored'))
      }
    >
      <ScoreChoice />
      {differs && (
        <Form.Item name="category" label={say('category')} rules={[{ required: true, message: say('needed') }]}>
          <Select
            options={peerCategories.filter((each) => each !== 'agreed').map((each) => ({ value: each, label: say(`category-${each}`) }))}
          />
        </Form.Item>
      )}
      <Form.Item name="comment" label={say('comment')} rules={[{ required: differs, whitespace: true, message: say('commentNeeded') }]}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2_000} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {say('submitScore')}
      </Button>
    </Form>
  )
}

function AnswerForm({ id }: { id: string }) {
  const say = useWords(qualityWords)
  const { busy, perform } = useQualityDeed()
  const [form] = Form.useForm<{ text?: string }>()
  const send = async (agreed: boolean) => {
    const { text = '' } = form.getFieldsValue()
    if (!agreed && text.trim() === '') return form.setFields([{ name: 'text', errors: [say('needed')] }])
    await perform(() => answerPeer(id, agreed, text.trim()), say('answered'))
  }
  return (
    <Form form={form} layout="vertical">
      <Form.Item name="text" label={say('answer')}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2_000} />
      </Form.Item>
      <Button type="primary" loading={busy} onClick={() => void send(true)}>
        {say('agree')}
      </Button>{' '}
      <Button loading={busy} onClick={() => void send(false)}>
        {say('disagree')}
      </Button>
    </Form>
  )
}

function SettleForm({ id }: { id: string }) {
  const say = useWords(qualityWords)
  const { busy, perform } = useQualityDeed()
  return (
    <Form<{ score: number; text: string }>
      layout="vertical"
      requiredMark={false}
      onFinish={({ score, text }) => perform(() => settlePeer(id, score, text.trim()), say('settled'))}
    >
      <ScoreChoice />
      <Form.Item name="text" label={say('comment')} rules={[{ required: true, whitespace: true, message: say('needed') }]}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2_000} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {say('settle')}
      </Button>
    </Form>
  )
}
