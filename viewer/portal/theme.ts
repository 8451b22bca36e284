/**
 * Two themes from Ant Design tokens: the reading room is dark, because the viewer is black and nothing beside it may glare; all else is light.
 * No colours of our own beyond four meanings: urgent, critical, late, done (`portal.css` uses the tokens' variables).
 */
import { type ThemeConfig, theme } from 'antd'

const shared: NonNullable<ThemeConfig['token']> = {
  fontFamily: '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif',
  fontSize: 14,
  borderRadius: 4,
  motionDurationMid: '0.1s',
  motionDurationSlow: '0.15s',
  // Who asks the system for no movement gets none.
  motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
  wireframe: false,
}

export const lightTheme: ThemeConfig = {
  token: {
    ...shared,
    colorPrimary: '#1f6fd1',
    colorTextPlaceholder: '#6b7785',
    colorTextDescription: '#5d6b7a',
    colorTextDisabled: '#6b7785',
  },
  cssVar: { key: 'light' },
}

export const darkTheme: ThemeConfig = {
  algorithm: theme.darkAlgorithm,
  token: {
    ...shared,
    // The dark algorithm mixes it with the ground; white on the outcome reads with 4.6 : 1.
    colorPrimary: '#4689d6',
    colorInfo: '#4c93e6',
    colorLink: '#7db3f2',
    colorBgBase: '#101214',
    colorTextBase: '#d8dde3',
    colorTextPlaceholder: '#8d99a6',
    colorTextDescription: '#8d99a6',
    colorTextDisabled: '#8d99a6',
  },
  cssVar: { key: 'dark' },
}
