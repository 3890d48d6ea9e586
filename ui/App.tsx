import { Box, useInput, useStdin } from 'ink';
import { useCallback, useContext, useLayoutEffect } from 'react';
import { keyNames } from './key-names.ts';
import { Bottom, type BottomLine, bottomLines } from './parts/Bottom.tsx';
import { Canvas, ScreenContext } from './parts/Canvas.tsx';
import type { Theme } from './paint/theme.ts';
import { paintBody } from './screens/body.ts';
import { type Store, useStore } from './state/store.ts';

interface AppProps {
  readonly store: Store;
  readonly theme: Theme;
  /** Gets the keys of one read. */
  readonly onKeys: (keys: readonly string[]) => void;
}

/** The whole dashboard: the live part above; below it a question, a text field or the keys. Figures render nothing here. */
export function App({ store, theme, onKeys }: AppProps) {
  const columns = useStore(store, (state) => state.columns);
  const rows = useStore(store, (state) => state.rows);
  // As text it is the same as long as it says the same.
  const bottom = JSON.parse(useStore(store, (state) => JSON.stringify(bottomLines(state)))) as BottomLine[];
  useKeys(onKeys);
  const shown = bottom.slice(0, rows);
  useCursor(shown, rows);
  return (
    <Box flexDirection="column" width={columns} height={rows} flexShrink={0}>
      <Canvas store={store} paint={paintBody} width={columns} height={rows - shown.length} theme={theme} />
      <Bottom lines={shown} width={columns} theme={theme} />
    </Box>
  );
}

/** The terminal's own cursor stands where text is typed, so that magnifiers and screen readers find it. */
function useCursor(bottom: readonly BottomLine[], rows: number): void {
  const screen = useContext(ScreenContext);
  const at = bottom.findIndex(({ cursor }) => cursor !== undefined);
  const column = bottom[at]?.cursor;
  const row = rows - bottom.length + at;
  useLayoutEffect(() => screen?.setCursor(column === undefined ? null : { row, column }), [screen, row, column]);
}

/** One stable handler: Ink would subscribe again for each new one. */
function useKeys(onKeys: (keys: readonly string[]) => void): void {
  const { isRawModeSupported } = useStdin();
  const handler = useCallback<Parameters<typeof useInput>[0]>((input, key) => onKeys(keyNames(input, key)), [onKeys]);
  useInput(handler, { isActive: isRawModeSupported });
}
