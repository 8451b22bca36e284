/** The portal: session, language, theme and line around the page that the address names. */
import { QueryClient, QueryClientProvider, useQueryClient } from '@tanstack/react-query'
import { App as AntApp, ConfigProvider } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { NotDone } from './api/http.ts'
import type { Account } from './api/types.ts'
import { useLanguage } from './language/language.tsx'
import { openSessionChannel } from './session/cookie.ts'
import { Expired } from './session/expired.tsx'
import { createExpiry, type Expiry, homeOf, useExpired, useSession } from './session/session.ts'
import { SetUp, useSetupNeeded } from './session/set-up.tsx'
import { SignIn } from './session/sign-in.tsx'
import { followWindows } from './session/windows.ts'
import { Answer } from './shell/answer.tsx'
import { Crash } from './shell/crash.tsx'
import { Pages } from './shell/pages.tsx'
import { navigate, usePath } from './shell/router.ts'
import { darkTheme, lightTheme } from './theme.ts'

const darkPages = /^\/(list|reading|wallboard)(\/|$)/

function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // A refusal stays a refusal; only a dead line is worth asking again.
      queries: { retry: (count, error) => !(error instanceof NotDone) && count < 2, staleTime: 2_000, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  })
}

function Theme({ children }: { children: ReactNode }) {
  const { language } = useLanguage()
  const dark = darkPages.test(usePath())
  useEffect(() => {
    dayjs.locale(language === 'zh' ? 'zh-cn' : 'en')
  }, [language])
  useEffect(() => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  }, [dark])
  return (
    <ConfigProvider
      locale={language === 'zh' ? zhCN : enUS}
      theme={dark ? darkTheme : lightTheme}
      componentSize="middle"
      button={{ autoInsertSpace: false }}
    >
      <AntApp className="portal">{children}</AntApp>
    </ConfigProvider>
  )
}

function SignedIn({ expiry }: { expiry: Expiry }) {
  const session = useSession()
  const queries = useQueryClient()
  const expired = useExpired(expiry)
  const path = usePath()
  const [account, setAccount] = useState<Account | null>(null)
  const setupNeeded = useSetupNeeded(session.data === null)

  // The account stays on the page when its session ends; another account comes only with a fresh page.
  const current = account ?? session.data ?? null
  useEffect(() => {
    if (account === null && session.data) setAccount(session.data)
  }, [account, session.data])
  useEffect(() => {
    if (current && path === '/') {
      const home = homeOf(current)
      if (home === '/ward') location.replace(home)
      else navigate(home, { replace: true })
    }
  }, [current, path])

  const renewed = useCallback(() => {
    expiry.renew()
    void queries.invalidateQueries()
  }, [expiry, queries])
  // The cookie is the whole browser's: when it became somebody else's, this page must not act in their name.
  const username = current?.username
  useEffect(() => {
    if (username !== undefined) return followWindows(openSessionChannel(), username, { renewed, ended: expiry.expire })
  }, [username, renewed, expiry])
  const known = session.data?.username
  useEffect(() => {
    if (username !== undefined && known !== undefined && known !== username) expiry.expire()
  }, [username, known, expiry])

  if (current === null) {
    return (
      <Answer query={session}>
        {() =>
          setupNeeded ? (
            <SetUp />
          ) : (
            <SignIn
              onSignedIn={(entered) => {
                queries.clear()
                expiry.renew()
                setAccount(entered)
              }}
            />
          )
        }
      </Answer>
    )
  }
  return (
    <>
      <Pages account={current} signedIn={!expired} />
      {expired && <Expired account={current} onRenewed={renewed} />}
    </>
  )
}

export function App() {
  const { language } = useLanguage()
  const [expiry] = useState(createExpiry)
  const [queries] = useState(createQueries)
  return (
    <QueryClientProvider client={queries}>
      <Theme>
        <Crash language={language}>
          <SignedIn expiry={expiry} />
        </Crash>
      </Theme>
    </QueryClientProvider>
  )
}
