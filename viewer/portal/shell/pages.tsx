/** The frame: top bar, the page that the address names, and the viewer, which lives beside the pages and is never reloaded between studies. */
import { App, Button, Result } from 'antd'
import { lazy, Suspense, useCallback, useState } from 'react'
import { useEvents } from '../api/events.ts'
import type { Account } from '../api/types.ts'
import { BoardPage } from '../board/board-page.tsx'
import { useIdleLock } from '../board/lock.ts'
import { LockedBoard } from '../board/locked-board.tsx'
import { CriticalLayer } from '../critical/critical-layer.tsx'
import { CriticalPage } from '../critical/critical-page.tsx'
import { useWords } from '../language/language.tsx'
import { OrdersPage } from '../orders/orders-page.tsx'
import { ConflictsPage } from '../patients/conflicts-page.tsx'
import { CorrectionPage } from '../patients/correction-page.tsx'
import { PatientPage } from '../patients/patient-page.tsx'
import { PatientSearchPage } from '../patients/patient-search.tsx'
import { useQuestionNotices } from '../questions/question-notices.ts'
import { ReadingPage } from '../reading/reading-page.tsx'
import { useViewer, ViewerFrame } from '../reading/viewer.tsx'
import { ReadingListPage } from '../reading-list/reading-list-page.tsx'
import { RejectionsPage } from '../rejections/rejections-page.tsx'
import { RecallsPage } from '../report/recalls-page.tsx'
import { ReportPage } from '../report/report-page.tsx'
import { figureRoles, has, homeOf, matchRoles, orderRoles, qualityRoles, rejectRoles, wallRoles } from '../session/session.ts'
import { SettingsPage } from '../settings/settings-page.tsx'
import { BatchPage } from '../signing/batch-page.tsx'
import { PINDialog } from '../signing/pin-dialog.tsx'
import { SigningPage } from '../signing/signing-page.tsx'
import { TemplatesPage } from '../templates/templates-page.tsx'
import { UnmatchedPage } from '../unmatched/unmatched-page.tsx'
import { navigate, usePath } from './router.ts'
import { TopBar } from './top-bar.tsx'
import { shellWords } from './words.ts'

/** Pages that readers and imaging rooms do not need come when they are opened. */
const QualityPage = lazy(() => import('../quality/quality-page.tsx').then((page) => ({ default: page.QualityPage })))
const StatisticsPage = lazy(() => import('../statistics/statistics-page.tsx').then((page) => ({ default: page.StatisticsPage })))
const WallboardPage = lazy(() => import('../wallboard/wallboard-page.tsx').then((page) => ({ default: page.WallboardPage })))

interface Props {
  readonly account: Account
  readonly signedIn: boolean
}

export function Pages({ account, signedIn }: Props) {
  const say = useWords(shellWords)
  const path = usePath()
  const viewer = useViewer()
  const { notification } = App.useApp()
  const [, page = '', id = '', deed = ''] = path.split('/').map(decodeURIComponent)
  const technologist = has(account, 'technologist')
  const [arrived, setArrived] = useState<string | null>(null)
  const onWorkitem = useCallback((workitem: { state?: string; StudyInstanceUID?: string }) => {
    if (workitem.state === 'FINAL' && workitem.StudyInstanceUID) setArrived(workitem.StudyInstanceUID)
  }, [])
  const line = useEvents(signedIn, onWorkitem)
  const locked = useIdleLock(signedIn && technologist)
  useQuestionNotices(locked ? null : sideOf(account), line)
  const reader = has(account, 'radiologist', 'reviewer', 'chief')
  const reading = page === 'reading' && reader

  let content = (
    <Result
      status="404"
      title={say('notFoundTitle')}
      subTitle={say('notFoundText')}
      extra={<Button onClick={() => navigate(homeOf(account))}>{say('home')}</Button>}
    />
  )
  if (page === '') content = <div />
  if (page === 'list' && (reader || has(account, 'coordinator'))) content = <ReadingListPage account={account} line={line} />
  if (reading) content = <ReadingPage key={id} id={id} account={account} signedIn={signedIn} viewer={viewer} />
  if (page === 'reports') content = <ReportPage id={id} account={account} />
  if (page === 'recalls') content = <RecallsPage line={line} />
  if (page === 'signature' && reader) content = <SigningPage />
  if (page === 'batch' && has(account, 'reviewer', 'chief')) content = <BatchPage line={line} />
  if (page === 'board' && technologist) content = <BoardPage account={account} line={line} arrived={arrived} notification={notification} />
  if (page === 'orders' && has(account, ...orderRoles)) content = <OrdersPage account={account} line={line} id={id} deed={deed} />
  if (page === 'unmatched' && has(account, ...matchRoles)) content = <UnmatchedPage line={line} />
  if (page === 'conflicts' && has(account, ...matchRoles)) content = <ConflictsPage line={line} />
  if (page === 'patients' && has(account, ...matchRoles)) content = id === '' ? <PatientSearchPage /> : <PatientPage key={id} id={id} />
  if (page === 'corrections' && has(account, ...matchRoles)) content = <CorrectionPage key={id} StudyInstanceUID={id} />
  if (page === 'rejections' && has(account, ...rejectRoles)) content = <RejectionsPage account={account} tab={id} line={line} />
  if (page === 'critical') content = <CriticalPage account={account} line={line} tab={id} />
  // Whoever has left the board has left no names on it; a form that is being filled in stays as it is, under the lock.
  if (locked && page === 'board') content = <div />
  if (page === 'statistics' && has(account, ...figureRoles)) content = <StatisticsPage account={account} tab={id} />
  if (page === 'quality' && has(account, ...qualityRoles)) content = <QualityPage account={account} tab={id} />
  if (page === 'wallboard' && account.institution.readingCentre && has(account, ...wallRoles))
    content = <WallboardPage account={account} line={line} />
  if (page === 'templates' && reader) content = <TemplatesPage tab={id} />
  if (page === 'settings' && has(account, 'administrator', 'chief')) content = <SettingsPage account={account} tab={id} />

  return (
    <div className="frame">
      <TopBar account={account} page={page} line={line} />
      {reader && <PINDialog account={account} />}
      <CriticalLayer account={account} signedIn={signedIn} line={line} />
      <div className={reading ? `work reading${viewer.placement === 'window' ? ' viewer-apart' : ''}` : 'work'}>
        <ViewerFrame viewer={viewer} visible={reading} />
        <main className="page">
          <Suspense fallback={<div className="loading" role="status" />}>{content}</Suspense>
        </main>
      </div>
      {locked && <LockedBoard account={account} line={line} />}
    </div>
  )
}

/** On which side of the talk between reader and township. */
const sideOf = (account: Account): 'reader' | 'township' | null =>
  account.institution.readingCentre && has(account, 'radiologist', 'reviewer', 'chief')
    ? 'reader'
    : has(account, 'technologist')
      ? 'township'
      : null
