import { Box, Transform } from 'ink';
import { createContext, useContext, useLayoutEffect } from 'react';
import { type Paint } from '../screens/body.ts';
import type { Screen } from '../screen.ts';
import { shownState } from '../state/select.ts';
import { type Store, useStore } from '../state/store.ts';
import type { Theme } from '../paint/theme.ts';

/** The screen of this terminal; null where Ink itself draws, as in tests of components. */
export const ScreenContext = createContext<Screen | null>(null);

interface CanvasProps {
  readonly store: Store;
  readonly paint: Paint;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

/** The one place where painted lines meet Ink. Must be the topmost part of the screen. */
export function Canvas(props: CanvasProps) {
  const screen = useContext(ScreenContext);
  return screen === null ? <InkCanvas {...props} /> : <ScreenCanvas {...props} screen={screen} />;
}

/** Paints past Ink: Ink keeps the place free, and a new figure costs no React render. */
function ScreenCanvas({ store, paint, width, height, theme, screen }: CanvasProps & { readonly screen: Screen }) {
  useLayoutEffect(() => {
    screen.setRegion({ height, paint: () => paint(shownState(store.getState()), width, height, theme) });
    return () => screen.setRegion(null);
  }, [screen, store, paint, width, height, theme]);
  return <Box width={width} height={height} flexShrink={0} />;
}

/** Ink 6 keeps every text that it ever measured, so it measures a constant one and the lines come in by the transform. */
function InkCanvas({ store, paint, width, height, theme }: CanvasProps) {
  const lines = paint(shownState(useStore(store, (state) => state)), width, height, theme);
  const placeholder = Array.from({ length: height }, () => '.').join('\n');
  return (
    <Box width={width} height={height} flexShrink={0}>
      <Transform transform={(_, index) => lines[index] ?? ''}>{placeholder}</Transform>
    </Box>
  );
}
