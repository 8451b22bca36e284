/** The data dictionary that dcmjs carries (PS3.6 with the retired attributes), which has no types of its own. */
declare module 'dcmjs/dictionary' {
  interface DictionaryEntry {
    /** `(gggg,eeee)`, with ranges such as `(6000-60FF,3000)`. */
    readonly tag: string
    /** A VR, or `ox` (OB or OW), `xs` (US or SS), `lt` (US or OW), `up` (UL), `na`. */
    readonly vr: string
    readonly name: string
  }
  const dictionary: Readonly<Record<string, DictionaryEntry>>
  export default dictionary
}
