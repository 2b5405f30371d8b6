//! Where the places of one picture lie in another: turns, and sheets seen from an angle.

use super::grey::Grey;

/// Takes a place in a new picture to the place in the old one that it shows. Pixel `n` is from `n` to `n + 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Projection([[f64; 3]; 3]);

/// A place, in pixels.
pub(super) type Place = (f64, f64);

impl Projection {
    /// Each place to itself.
    pub(super) const IDENTITY: Projection = Projection([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);

    /// A scale.
    pub(super) fn scale(along: f64, down: f64) -> Projection {
        Projection([[along, 0.0, 0.0], [0.0, down, 0.0], [0.0, 0.0, 1.0]])
    }

    /// A turn by an angle that grows clockwise, the middle of the new picture to the middle of the old.
    pub(super) fn turn(angle: f64, new_middle: Place, old_middle: Place) -> Projection {
        let (sin, cos) = angle.sin_cos();
        let (x, y) = new_middle;
        Projection([
            [cos, -sin, old_middle.0 - x * cos + y * sin],
            [sin, cos, old_middle.1 - x * sin - y * cos],
            [0.0, 0.0, 1.0],
        ])
    }

    /// A rectangle of `width` × `height` to four corners, clockwise from its upper left one (Heckbert,
    /// "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3). `None` where three of them
    /// are on one line.
    pub(super) fn onto(corners: [Place; 4], width: f64, height: f64) -> Option<Projection> {
        let [(x0, y0), (x1, y1), (x2, y2), (x3, y3)] = corners;
        let (dx1, dy1, dx2, dy2) = (x1 - x2, y1 - y2, x3 - x2, y3 - y2);
        let (sx, sy) = (x0 - x1 + x2 - x3, y0 - y1 + y2 - y3);
        let area = dx1 * dy2 - dx2 * dy1;
        if area.abs() < 1e-9 || width <= 0.0 || height <= 0.0 {
            return None;
        }
        let g = (sx * dy2 - dx2 * sy) / area;
        let h = (dx1 * sy - sx * dy1) / area;
        let unit = Projection([
            [x1 - x0 + g * x1, x3 - x0 + h * x3, x0],
            [y1 - y0 + g * y1, y3 - y0 + h * y3, y0],
            [g, h, 1.0],
        ]);
        Some(Projection::scale(1.0 / width, 1.0 / height).then(unit))
    }

    /// This one, then another.
    pub(super) fn then(self, next: Projection) -> Projection {
        let mut product = [[0.0; 3]; 3];
        for (row, out) in product.iter_mut().enumerate() {
            for (column, value) in out.iter_mut().enumerate() {
                *value = (0..3).map(|k| next.0[row][k] * self.0[k][column]).sum();
            }
        }
        Projection(product)
    }

    /// Where a place lies.
    pub(super) fn place(&self, (x, y): Place) -> Place {
        let [a, b, c] = self.0;
        let depth = c[0] * x + c[1] * y + c[2];
        let depth = if depth.abs() < 1e-9 { 1e-9 } else { depth };
        ((a[0] * x + a[1] * y + a[2]) / depth, (b[0] * x + b[1] * y + b[2]) / depth)
    }

    /// The new picture of `width` × `height`, white where the old one has nothing.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        clippy::cast_possible_wrap,
        reason = "places inside a picture, checked against its sides"
    )]
    pub(super) fn draw(&self, old: &Grey, width: usize, height: usize) -> Grey {
        let (right, bottom) = (old.width() as isize - 1, old.height() as isize - 1);
        Grey::from_fn(width, height, |x, y| {
            let (from_x, from_y) = self.place((x as f64 + 0.5, y as f64 + 0.5));
            let (from_x, from_y) = (from_x - 0.5, from_y - 0.5);
            let (left, top) = (from_x.floor() as isize, from_y.floor() as isize);
            if left < -1 || top < -1 || left > right || top > bottom {
                return u8::MAX;
            }
            let weights = (cubic(from_x - left as f64), cubic(from_y - top as f64));
            let mut sum = 0.0;
            for (row, down) in weights.1.iter().enumerate() {
                let line = old.row((top + row as isize - 1).clamp(0, bottom) as usize);
                let along = weights.0.iter().enumerate().map(|(column, across)| {
                    across * f32::from(line[(left + column as isize - 1).clamp(0, right) as usize])
                });
                sum += down * along.sum::<f32>();
            }
            sum.round().clamp(0.0, 255.0) as u8
        })
    }
}

/// Weights of four neighbours for a place between the middle two (Keys' cubic, a = -0.5).
#[expect(clippy::cast_possible_truncation, reason = "a fraction of a pixel needs no more than an f32")]
fn cubic(fraction: f64) -> [f32; 4] {
    let t = fraction as f32;
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(projection: Projection, places: &[(Place, Place)]) {
        for (from, to) in places {
            let found = projection.place(*from);
            assert!((found.0 - to.0).abs() < 1e-9 && (found.1 - to.1).abs() < 1e-9, "{from:?} {found:?}");
        }
    }

    #[test]
    fn corners_go_to_corners_and_middles_to_middles() {
        let corners = [(10.0, 20.0), (95.0, 15.0), (80.0, 130.0), (12.0, 110.0)];
        let whole = [(0.0, 0.0), (50.0, 0.0), (50.0, 70.0), (0.0, 70.0)];
        let onto = Projection::onto(corners, 50.0, 70.0).unwrap();
        check(onto, &std::array::from_fn::<_, 4, _>(|n| (whole[n], corners[n])));
        check(Projection::turn(0.3, (50.0, 60.0), (40.0, 55.0)), &[((50.0, 60.0), (40.0, 55.0))]);
        let quarter = Projection::turn(std::f64::consts::FRAC_PI_2, (0.0, 0.0), (0.0, 0.0));
        check(quarter, &[((1.0, 0.0), (0.0, 1.0)), ((0.0, 1.0), (-1.0, 0.0))]);
        check(Projection::scale(2.0, 3.0).then(quarter), &[((1.0, 1.0), (-3.0, 2.0))]);
        assert_eq!(Projection::onto([(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0)], 1.0, 1.0), None);
    }

    #[test]
    fn a_picture_is_drawn_where_the_projection_says() {
        let old = Grey::from_fn(60, 40, |x, y| if (20..30).contains(&x) && y >= 10 { 0 } else { 200 });
        assert_eq!(Projection::IDENTITY.draw(&old, 60, 40), old);
        let half = Projection::scale(0.5, 0.5).draw(&old, 120, 80);
        assert_eq!((half.at(50, 60), half.at(10, 60), half.at(50, 10)), (0, 200, 200));
        assert_eq!(Projection::scale(2.0, 2.0).draw(&old, 60, 40).at(59, 39), u8::MAX);
    }
}
