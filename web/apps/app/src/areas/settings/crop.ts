/** A square cut out of a picture: moved and zoomed in a view, never leaving the picture. Pure. */

export interface Crop {
  /** The picture. */
  width: number;
  height: number;
  /** The middle of the cut, in the picture's pixels. */
  x: number;
  y: number;
  /** 1 takes the whole of the shorter side. */
  zoom: number;
}

export const ZOOM_MOST = 5;

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);

/** The middle, as large as it goes. */
export function startCrop(width: number, height: number): Crop {
  return { width, height, x: width / 2, y: height / 2, zoom: 1 };
}

/** The side of the cut in the picture's pixels. */
export function sideOf(crop: Crop): number {
  return Math.min(crop.width, crop.height) / crop.zoom;
}

function inside(crop: Crop): Crop {
  const half = sideOf(crop) / 2;
  return {
    ...crop,
    x: clamp(crop.x, half, crop.width - half),
    y: clamp(crop.y, half, crop.height - half),
  };
}

/** Moves the picture under the view by shares of the view: 1 is a whole view to the right or down. */
export function moveCrop(crop: Crop, right: number, down: number): Crop {
  const side = sideOf(crop);
  return inside({ ...crop, x: crop.x - right * side, y: crop.y - down * side });
}

export function zoomCrop(crop: Crop, zoom: number): Crop {
  return inside({ ...crop, zoom: clamp(zoom, 1, ZOOM_MOST) });
}

/** What to draw: the square in the picture. */
export function areaOfCrop(crop: Crop): { x: number; y: number; side: number } {
  const side = sideOf(crop);
  return { x: crop.x - side / 2, y: crop.y - side / 2, side };
}
