import { Box, useInput, useStdin } from 'ink';
import { useCallback } from 'react';
import { keyNames } from './key-names.ts';
import { paintBody } from './screens/body.ts';
import { Canvas } from './parts/Canvas.tsx';
import { KeyBar } from './parts/KeyBar.tsx';
import { placeOf } from './state/select.ts';
import { type Store, useStore } from './state/store.ts';
import type { Theme } from './paint/theme.ts';
import { Help } from './views/Help.tsx';

interface AppProps {
  readonly store: Store;
  readonly theme: Theme;
  readonly onKey: (key: string) => void;
}

/** The whole dashboard: the live part above, the key bar below. Renders again only when place or size change. */
export function App({ store, theme, onKey }: AppProps) {
  const place = useStore(store, placeOf);
  const columns = useStore(store, (state) => state.columns);
  const rows = useStore(store, (state) => state.rows);
  useKeys(onKey);
  // Eight or nine rows are for the table alone.
  const bar = rows >= 10 && columns >= 40;
  const height = bar ? rows - 1 : rows;
  return (
    <Box flexDirection="column" width={columns} height={rows} flexShrink={0}>
      {place === 'help' ? (
        <Help width={columns} height={height} theme={theme} />
      ) : (
        <Canvas store={store} paint={paintBody} width={columns} height={height} theme={theme} />
      )}
      {bar ? <KeyBar place={place} width={columns} theme={theme} /> : null}
    </Box>
  );
}

/** One stable handler: Ink would subscribe again for each new one. */
function useKeys(onKey: (key: string) => void): void {
  const { isRawModeSupported } = useStdin();
  const handler = useCallback<Parameters<typeof useInput>[0]>(
    (input, key) => {
      for (const name of keyNames(input, key)) onKey(name);
    },
    [onKey],
  );
  useInput(handler, { isActive: isRawModeSupported });
}
