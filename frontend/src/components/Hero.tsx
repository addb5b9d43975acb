import hero from '../assets/hero.svg';

export function Hero() {
  return (
    <div className="hero">
      <div className="hero-text">
        <h1 tabIndex={-1}>Everything for a better desk</h1>
        <p>
          Laptops, screens, sound and a good chair. In stock, at a fair price, and on its way within days.
        </p>
        <a className="button button-light" href="#products">
          Browse products
        </a>
      </div>
      <img className="hero-picture" src={hero} alt="" width="560" height="360" />
    </div>
  );
}
