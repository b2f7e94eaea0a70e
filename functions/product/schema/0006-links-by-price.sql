-- A category's products by price: among all products by price the category's may lie far from either end.
create index product_category_price on product_category (category_id, price, product_id);
create index product_subcategory_price on product_subcategory (subcategory_id, price, product_id);
