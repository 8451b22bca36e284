/** 危急值: the register, the list of findings, the duty numbers. reading.md §3.4. */
import './critical.css'
import { Tabs } from 'antd'
import type { Line } from '../api/events.ts'
import type { Account } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { navigate } from '../shell/router.ts'
import { ContactsTab } from './contacts-tab.tsx'
import { FindingsTab } from './findings-tab.tsx'
import { RegisterTab } from './register-tab.tsx'
import { criticalWords } from './words.ts'

const tabs = ['register', 'findings', 'contacts'] as const
const tabWords = { register: 'tabRegister', findings: 'tabFindings', contacts: 'tabContacts' } as const

export function CriticalPage({ account, line, tab }: { readonly account: Account; readonly line: Line; readonly tab: string }) {
  const say = useWords(criticalWords)
  const shown = tabs.find((each) => each === tab) ?? 'register'
  return (
    <div className="critical-page">
      <h1>
        {say(shown === 'register' ? 'registerTitle' : 'page')} · {account.institution.name}
      </h1>
      <Tabs
        className="no-print"
        activeKey={shown}
        items={tabs.map((key) => ({ key, label: say(tabWords[key]) }))}
        onChange={(key) => navigate(key === 'register' ? '/critical' : `/critical/${key}`)}
      />
      {shown === 'register' && <RegisterTab line={line} />}
      {shown === 'findings' && <FindingsTab />}
      {shown === 'contacts' && <ContactsTab account={account} />}
    </div>
  )
}
