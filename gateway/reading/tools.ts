/** What the portal's routes work with; put together once, in `main.ts`. */
import type { Accounts } from '../../archive/accounts.ts'
import type { Audit } from '../../archive/audit.ts'
import type { ReadingTools } from '../../archive/reading/tools.ts'

export interface PortalTools extends ReadingTools {
  readonly accounts: Accounts
  readonly audit: Audit
  /** Offered on the sign-in page; empty outside the demo county. */
  readonly demoAccounts: () => readonly DemoAccount[]
}

export interface DemoAccount {
  readonly username: string
  readonly password: string
  readonly displayName: string
  readonly role: string
  readonly institution: string
}
