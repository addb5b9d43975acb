import { pictureOf } from './pictures';

interface Props {
  name: string;
  category?: string;
  /** Where the name does not stand beside it. */
  alt?: string;
  isFirst?: boolean;
}

/** Width and height are the drawing's, so that nothing moves when it arrives. */
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
