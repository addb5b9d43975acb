import { pictureOf } from './pictures';

interface Props {
  name: string;
  category?: string;
  /** Needed where the name is not next to the picture. */
  alt?: string;
  isFirst?: boolean;
}

/** Width and height reserve the space, so that the layout does not shift when the picture arrives. */
export function ProductPicture({ name, category, alt = '', isFirst = false }: Props) {
  return (
    <div className="picture">
      <img
        src={pictureOf(name, category)}
        alt={alt}
        width="400"
        height="300"
        loading={isFirst ? 'eager' : 'lazy'}
        decoding="async"
      />
    </div>
  );
}
