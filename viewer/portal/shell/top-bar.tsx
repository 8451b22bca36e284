/** The top bar: where one is, whether the lists are live, who is signed in. */
import { App, Dropdown, Tooltip } from 'antd'
import { useOpenCriticals } from '../api/criticals.ts'
import type { Line } from '../api/events.ts'
import { isSignedOut, sentenceOf } from '../api/http.ts'
import { useUnmatched } from '../api/orders.ts'
import { useConflicts } from '../api/patients.ts'
import type { Account } from '../api/types.ts'
import { forgetOrderEntry } from '../drafts/order-entry.ts'
import { named, roleWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { listed } from '../language/words.ts'
import { Notices } from '../report/notices.tsx'
import { signOut } from '../session/cookie.ts'
import { beforeLeaving } from '../session/leaving.ts'
import { centreRoles, figureRoles, has, matchRoles, orderRoles, rejectRoles } from '../session/session.ts'
import { sessionWords } from '../session/words.ts'
import { LanguageSwitch } from './language-switch.tsx'
import { navigate } from './router.ts'
import { shellWords } from './words.ts'

interface Props {
  readonly account: Account
  readonly page: string
  readonly line: Line
}

interface Link {
  readonly path: string
  readonly pages: readonly string[]
  readonly text: string
  /** What waits there for somebody. */
  readonly count?: number
}

export function TopBar({ account, page, line }: Props) {
  const say = useWords(shellWords)
  const saySession = useWords(sessionWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const matches = has(account, ...matchRoles)
  const unmatched = useUnmatched(matches, line).data?.items.length ?? 0
  const conflicts = useConflicts('open', matches, line).data?.items.length ?? 0
  const criticals = useOpenCriticals(true, line).data?.items.length ?? 0
  const links: readonly Link[] = [
    ...(has(account, 'radiologist', 'reviewer', 'chief', 'coordinator')
      ? [{ path: '/list', pages: ['list', 'reading'], text: say('reading') }]
      : []),
    ...(has(account, ...orderRoles) ? [{ path: '/orders', pages: ['orders'], text: say('orders') }] : []),
    ...(has(account, 'technologist') ? [{ path: '/board', pages: ['board'], text: say('board') }] : []),
    { path: '/critical', pages: ['critical'], text: say('critical'), count: criticals },
    ...(matches ? [{ path: '/unmatched', pages: ['unmatched'], text: say('unmatched'), count: unmatched }] : []),
    ...(matches ? [{ path: '/conflicts', pages: ['conflicts', 'patients', 'corrections'], text: say('patients'), count: conflicts }] : []),
    ...(has(account, ...rejectRoles) ? [{ path: '/rejections', pages: ['rejections'], text: say('rejections') }] : []),
    ...(has(account, ...figureRoles) ? [{ path: '/statistics', pages: ['statistics'], text: say('statistics') }] : []),
    ...(has(account, 'chief', 'quality', 'coordinator', 'radiologist', 'reviewer', 'clinician')
      ? [{ path: '/quality', pages: ['quality'], text: say('quality') }]
      : []),
    ...(account.institution.readingCentre && has(account, ...centreRoles)
      ? [{ path: '/wallboard', pages: ['wallboard'], text: say('wallboard') }]
      : []),
    ...(has(account, 'administrator', 'chief')
      ? [{ path: has(account, 'administrator') ? '/settings/ae' : '/settings/turnaround', pages: ['settings'], text: say('settings') }]
      : []),
  ]
  const leave = async () => {
    await beforeLeaving(window)
    try {
      await signOut()
      await forgetOrderEntry(account.username)
    } catch (error) {
      // Whoever believes to be signed out leaves the PC to the next person.
      if (!isSignedOut(error)) return void message.error(`${saySession('stillIn')}${sentenceOf(error, language)}`)
    }
    location.assign('/')
  }
  return (
    <header className="top-bar">
      <b className="product">{saySession('product')}</b>
      <nav>
        {links.map(({ path, pages, text, count = 0 }) => (
          <a
            key={path}
            href={path}
            aria-current={pages.includes(page) ? 'page' : undefined}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return
              event.preventDefault()
              navigate(path)
            }}
          >
            {text}
            {count > 0 && <span className="waiting number">{count}</span>}
          </a>
        ))}
        <a href="/ward">{say('ward')}</a>
      </nav>
      <span className="top-bar-space" />
      <Tooltip title={say(line === 'live' ? 'liveHint' : 'askingHint')}>
        <span className={`line line-${line}`}>{say(line)}</span>
      </Tooltip>
      <Notices line={line} />
      <LanguageSwitch />
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            {
              key: 'who',
              disabled: true,
              label: `${account.institution.name} · ${listed(
                account.roles.map((role) => named(roleWords, role, language)),
                language,
              )}`,
            },
            ...(has(account, 'radiologist', 'reviewer', 'chief')
              ? [{ key: 'signature', label: say('signature'), onClick: () => navigate('/signature') }]
              : []),
            ...(has(account, 'radiologist', 'reviewer', 'chief')
              ? [{ key: 'templates', label: say('templates'), onClick: () => navigate('/templates') }]
              : []),
            ...(has(account, 'reviewer', 'chief') ? [{ key: 'batch', label: say('batch'), onClick: () => navigate('/batch') }] : []),
            { key: 'recalls', label: say('recalls'), onClick: () => navigate('/recalls') },
            { key: 'out', label: saySession('signOut'), onClick: () => void leave() },
          ],
        }}
      >
        <button type="button" className="who">
          {account.displayName}
          <small>{account.institution.name}</small>
        </button>
      </Dropdown>
    </header>
  )
}
