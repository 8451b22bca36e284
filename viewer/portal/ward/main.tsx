/** The ward's entry: no Ant Design, no WebGL, small enough for a ten-year-old PC. */
import './ward.css'
import { createRoot } from 'react-dom/client'
import { LanguageProvider } from '../language/language.tsx'
import { Ward } from './ward.tsx'

declare global {
  interface Window {
    /** Set by `public/old-browser.js`, whose sentence then stays. */
    readonly tooOldForTheWard?: true
  }
}

if (window.tooOldForTheWard !== true) {
  createRoot(document.getElementById('root')!).render(
    <LanguageProvider>
      <Ward />
    </LanguageProvider>,
  )
}
