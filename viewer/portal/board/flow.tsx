/** Today's flow: 预约 → 检查 → 上传 → 待诊断 → 已出报告, each with how many stand there; a press shows those. reading.md §6.3. */
import type { Order } from '../api/order-types.ts'
import type { BoardStudy } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { navigate } from '../shell/router.ts'
import { boardWords } from './words.ts'

export const steps = ['ordered', 'examining', 'uploading', 'waiting', 'returned', 'reported'] as const
export type Step = (typeof steps)[number]

const stepOfStage: Readonly<Record<string, Step>> = {
  received: 'uploading',
  waiting: 'waiting',
  reading: 'waiting',
  review: 'waiting',
  returned: 'returned',
  reported: 'reported',
}

export const stepOf = ({ stage }: Pick<BoardStudy, 'stage'>): Step | undefined => stepOfStage[stage]
export const stepOfOrder = ({ state }: Pick<Order, 'state'>): Step | undefined =>
  state === 'scheduled' ? 'ordered' : state === 'in-progress' ? 'examining' : undefined

interface Props {
  readonly studies: readonly BoardStudy[]
  /** Null where orders are not told: their steps are left out. */
  readonly orders: readonly Order[] | null
  readonly unmatched: number
  readonly chosen: Step | undefined
  /** Without it the flow is only looked at. */
  readonly onChoose?: (step: Step | undefined) => void
}

export function Flow({ studies, orders, unmatched, chosen, onChoose }: Props) {
  const say = useWords(boardWords)
  const count = (step: Step) =>
    studies.filter((study) => stepOf(study) === step).length + (orders ?? []).filter((order) => stepOfOrder(order) === step).length
  return (
    <nav className="flow" aria-label={say('flow')}>
      {steps.map((step) => {
        const n = count(step)
        if (step === 'returned' && n === 0 && chosen !== step) return null
        if (orders === null && (step === 'ordered' || step === 'examining')) return null
        return (
          <button
            key={step}
            type="button"
            data-step={step}
            className={`flow-step flow-${step}${n === 0 ? ' none' : ''}`}
            aria-pressed={chosen === step}
            disabled={onChoose === undefined}
            onClick={() => onChoose?.(chosen === step ? undefined : step)}
          >
            <strong className="number">{n}</strong>
            <span>{say(step)}</span>
          </button>
        )
      })}
      {unmatched > 0 && (
        <button type="button" className="flow-step flow-unmatched" onClick={() => navigate('/unmatched')}>
          <strong className="number">{unmatched}</strong>
          <span>{say('withoutOrder')}</span>
        </button>
      )}
    </nav>
  )
}
