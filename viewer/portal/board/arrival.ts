/** A report has come back: a chime, a note to click on and, where this PC prints them, the report. Told once, when the board shows it. */
import { App } from 'antd'
import type { NotificationInstance } from 'antd/es/notification/interface'
import { useEffect, useRef } from 'react'
import type { BoardStudy } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { navigate } from '../shell/router.ts'
import { printReport } from './print-report.ts'
import { chime } from './sound.ts'
import { boardWords } from './words.ts'

/** `arrived`: StudyInstanceUID of the report that came last. */
export function useArrival(
  items: readonly BoardStudy[] | undefined,
  arrived: string | null,
  prints: boolean,
  notification: NotificationInstance,
): void {
  const say = useWords(boardWords)
  const { message } = App.useApp()
  const announced = useRef<string | null>(null)
  const back = items?.find((study) => study.StudyInstanceUID === arrived && study.report !== null)
  useEffect(() => {
    if (!back?.report || announced.current === back.report.id) return
    const { id } = back.report
    announced.current = id
    chime()
    if (prints) printReport(id).catch(() => message.error(say('printFailed', { name: back.patient.name })))
    notification.success({
      key: id,
      title: say('arrived', { name: back.patient.name }),
      description: say('arrivedText', { exam: `${back.modality} ${back.StudyDescription}` }),
      duration: 0,
      onClick: () => {
        notification.destroy(id)
        navigate(`/reports/${id}`)
      },
    })
  }, [back, prints, notification, message, say])
}
