/** One table of opencc-js (OpenCC's TSCharacters): `單 单|張 张|…`, the first character after the space being the usual simplified one. */
declare module 'opencc-js/dict/TSCharacters' {
  const pairs: string
  export default pairs
}
