/*
 * The ward page in a browser that is too old for it. This file runs in every browser that runs scripts at all: plain ECMAScript 3, no modules, no library.
 * It says what is the matter and what to do, instead of a page that stays empty.
 */
;(() => {
  function isOld() {
    return !(
      'noModule' in document.createElement('script') &&
      window.CSS &&
      CSS.supports &&
      CSS.supports('selector(:has(a))') &&
      typeof structuredClone === 'function' &&
      typeof [].findLast === 'function'
    )
  }
  if (!isOld()) return
  window.tooOldForTheWard = true
  function nameOf(agent) {
    var chrome = /Chrome\/(\d+)/.exec(agent)
    var edge = /Edge?\/(\d+)/.exec(agent)
    var msie = /MSIE (\d+)|Trident.*rv:(\d+)/.exec(agent)
    var firefox = /Firefox\/(\d+)/.exec(agent)
    if (msie) return 'Internet Explorer ' + (msie[1] || msie[2])
    if (edge) return 'Edge ' + edge[1]
    if (firefox) return 'Firefox ' + firefox[1]
    if (chrome) return 'Chrome ' + chrome[1]
    return ''
  }
  function show() {
    var root = document.getElementById('root')
    if (!root) return
    var name = nameOf(navigator.userAgent)
    root.innerHTML =
      '<div class="ward-old-browser" id="old-browser" style="max-width:640px;margin:48px auto;padding:24px;border:2px solid #c2410c;background:#fff;color:#1d2733;font:16px/1.6 Microsoft YaHei,sans-serif">' +
      '<h1 style="margin:0 0 12px;font-size:22px">这个浏览器太旧，打不开病区阅片</h1>' +
      '<p id="old-browser-name"></p>' +
      '<p><b>请这样做：</b></p><ol><li>用这台电脑上的 Chrome 或 Edge（109 版或更新）打开本页。Windows 7 也可以安装 Chrome 109。</li>' +
      '<li>没有的话，请信息科安装；不需要管理员以外的任何设置。</li>' +
      '<li>在此之前，报告可请影像科打印。<b>危急值不会在这个浏览器里提醒，</b>请保持值班电话畅通。</li></ol>' +
      '<hr><p>This browser is too old for the ward page. Please open it in Chrome or Edge 109 or newer (Chrome 109 runs on Windows 7). ' +
      'Until then reports can be printed by the imaging room, and <b>critical values will not show here</b>: keep the duty telephone free.</p></div>'
    if (name) document.getElementById('old-browser-name').appendChild(document.createTextNode('现在的浏览器 / this browser: ' + name))
  }
  show()
})()
