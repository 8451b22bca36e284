/**
 * Two themes from Ant Design tokens: the reading room is dark, because the viewer is black and nothing beside it may glare; all else is light.
 * No colours of our own beyond four meanings: urgent, critical, late, done (`portal.css` uses the tokens' variables).
 */
import { type ThemeConfig, theme } from 'antd'

/**
 * Who asks the system for no movement sees none. A hundredth of a second, not `motion: false`: with that a dialog gives the focus to its × instead of to the
 * field that asks for it, so what is typed is lost and Enter closes it.
 */
const still = matchMedia('(prefers-reduced-motion: reduce)').matches

const shared: NonNullable<ThemeConfig['token']> = {
  fontFamily: '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif',
  fontSize: 14,
  borderRadius: 4,
  ...(still ? { motionDurationFast: '0.01s' } : {}),
  motionDurationMid: still ? '0.01s' : '0.1s',
  motionDurationSlow: still ? '0.01s' : '0.15s',
  wireframe: false,
}

export const lightTheme: ThemeConfig = {
  token: {
    ...shared,
    colorPrimary: '#1f6fd1',
    colorInfo: '#1f6fd1',
    colorLink: '#1f6fd1',
    colorTextPlaceholder: '#6b7785',
    colorTextDescription: '#5d6b7a',
    colorTextDisabled: '#5d6b7a',
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
    colorTextDisabled: '#a3aeb9',
  },
  components: {
    // A ground that white reads on; as text both colours need more light (`portal.css`).
    Button: { colorError: '#cf3b3e' },
    Dropdown: { colorPrimary: '#7db3f2' },
  },
  cssVar: { key: 'dark' },
}
