/** What the portal's routes work with; put together once, in `main.ts`. */
import type { Asker } from '../../archive/access.ts'
import type { Accounts } from '../../archive/accounts.ts'
import type { Audit } from '../../archive/audit.ts'
import type { DeleteTools } from '../../archive/delete.ts'
import type { MatchTools } from '../../archive/orders/match-by-hand.ts'
import type { BoardTools } from '../../archive/reading/board/board.ts'
import type { Fonts } from '../../archive/reading/documents/glyphs.ts'
import type { LiveEvents } from '../../archive/reading/live.ts'
import type { RetakeTools } from '../../archive/reading/returns/retakes.ts'
import type { EchoAnswer } from '../dimse/echo.ts'

export interface PortalTools extends DeleteTools, BoardTools, MatchTools, RetakeTools {
  readonly accounts: Accounts
  readonly audit: Audit
  readonly live: LiveEvents
  /** Read from disk when the first report is printed. */
  readonly fonts: () => Fonts
  /** Whether an Application Entity answers, asked by a C-ECHO. */
  readonly echo: (asker: Asker, AETitle: string) => Promise<EchoAnswer>
  /** How machines call the archive. */
  readonly ourAE: OurAE
  /** Offered on the sign-in page; empty outside the demo county. */
  readonly demoAccounts: () => readonly DemoAccount[]
}

export interface OurAE {
  readonly AETitle: string
  /** The address that associations are accepted on; `0.0.0.0` and `::` are all of the server's. */
  readonly host: string
  /** Null: none in the clear. */
  readonly port: number | null
  readonly tlsPort: number | null
}

export interface DemoAccount {
  readonly username: string
  readonly password: string
  readonly displayName: string
  readonly role: string
  readonly institution: string
}
